import type { CardFilter, RxFilter } from '@virtbus/contracts';
import { command, type Report } from '../command.js';
import { formatTable } from '../core/text-table.js';
import { failed } from '../failure.js';
import { domainOption } from '../object-order.js';
import { findDomain } from '../references.js';

const yes = (value: boolean): string => (value ? 'yes' : 'no');
const mode = ({ mode: name, overflow }: RxFilter['unicast']): string => (overflow ? `${name}, overflown` : name);

/** 0-2,7: a card that has no driver yet lets every VLAN through. */
function spans(numbers: readonly number[]): string[] {
  const found: [first: number, last: number][] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const span = found.at(-1);
    if (span && span[1] === number - 1) span[1] = number;
    else found.push([number, number]);
  }
  return found.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
}

const part = (name: string, how: string, table: readonly string[]): string[][] => [[name, how], ...table.map((each) => ['', each])];

const rowsOf = ({ mac, promiscuous, broadcastAllowed, unicast, multicast, vlan }: RxFilter): string[][] => [
  ['MAC address', mac],
  ['promiscuous', yes(promiscuous)],
  ['broadcast', yes(broadcastAllowed)],
  ...part('unicast', mode(unicast), unicast.table),
  ...part('multicast', mode(multicast), multicast.table),
  ...part('VLAN', vlan.mode, spans(vlan.table)),
];

function rows({ mac, trusted, filter }: CardFilter): string[][] {
  const head = [
    ['defined MAC', mac],
    ['trusted', yes(trusted)],
  ];
  return filter ? [...head, ...rowsOf(filter)] : head;
}

export default command({
  about: `What the network card of a running guest lets through, by QEMU's word: addresses, groups, VLANs and modes.
A guest that is not trusted (trustGuestRxFilters) is not asked.`,
  example: 'virtbus domif-rxfilter web vnet0',
  options: {
    domain: domainOption,
    interface: { kind: 'text', required: true, about: 'interface device (MAC address, or the name of the link on the host)' },
  },
  async run({ domain: text, interface: name }, context): Promise<Report> {
    const { uuid } = await findDomain(context, text);
    const answer = await context.ask('getCardFilter', { domain: uuid, interface: name }).catch((error: unknown) => {
      throw failed(`Failed to get the filter of interface ${name}`, error);
    });
    return { text: formatTable({ header: ['Filter', 'Passes'], rows: rows(answer) }, context.globals.quiet), json: answer };
  },
});
