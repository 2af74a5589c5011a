import { addressSources, type AddressedInterface } from '@virtbus/contracts';
import { command, type Report } from '../command.js';
import { Failure, failed } from '../failure.js';
import { domainOption } from '../object-order.js';
import { findDomain } from '../references.js';

const RULE = '-'.repeat(79);

/** virsh's columns, which are as wide as they are whatever stands in them. */
const line = (name: string, mac: string, rest: string): string => ` ${name.padEnd(10)} ${mac.padEnd(17)}    ${rest}`;

function linesOf({ name, mac = '', addresses }: AddressedInterface, full: boolean): string[] {
  if (addresses.length === 0) return [line(name, mac, `${'N/A'.padEnd(12)} N/A`)];
  return addresses.map(({ family, address, prefix }, at) => {
    const shown = full || at === 0;
    return line(shown ? name : '-', shown ? mac : '-', `${family.padEnd(12)} ${address}/${prefix}`);
  });
}

export default command({
  about: 'Show the addresses of a running guest: lent by DHCP, as its agent says, or as its host has seen them.',
  example: 'virtbus domifaddr guest --source agent',
  options: {
    domain: domainOption,
    interface: { kind: 'text', about: 'only this interface' },
    full: { kind: 'flag', about: 'name and MAC address on every line' },
    source: { kind: 'text', about: "address source: 'lease', 'agent', or 'arp'" },
  },
  async run({ domain: text, interface: only, full, source: wanted }, context): Promise<Report> {
    const source = wanted === undefined ? 'lease' : addressSources.find((each) => each === wanted);
    if (!source) throw new Failure([`Unknown data source '${wanted ?? ''}'`], 'usage');
    const { uuid } = await findDomain(context, text);
    const answer = await context.ask('getDomainAddresses', { domain: uuid, source }).catch((error: unknown) => {
      throw failed(`Failed to query for interfaces addresses`, error);
    });
    const chosen = answer.interfaces.filter(({ name }) => only === undefined || name === only);
    const rows = chosen.flatMap((each) => linesOf(each, full));
    const head = context.globals.quiet
      ? []
      : [` ${'Name'.padEnd(10)} ${'MAC address'.padEnd(20)} ${'Protocol'.padEnd(8)}     Address`, RULE];
    return { text: [...head, ...rows].map((each) => `${each}\n`).join(''), json: chosen };
  },
});
