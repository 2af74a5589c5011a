import { networkUpdateCommands, networkUpdateSections } from '@virtbus/contracts';
import { command, done } from '../command.js';
import { networkOption } from '../object-order.js';
import { Failure } from '../failure.js';
import { readXml } from '../input-file.js';
import { withNetwork } from '../references.js';

/** What virsh takes beside the names. */
const commandOf = (text: string) => networkUpdateCommands.find((each) => each === (text === 'add' ? 'add-last' : text));
const sectionOf = (text: string) => networkUpdateSections.find((each) => each === text);

function refuseContradiction({ current, live, config }: { current: boolean; live: boolean; config: boolean }): void {
  if (current && (live || config))
    throw new Failure([`Options --current and --${live ? 'live' : 'config'} are mutually exclusive`], 'usage');
}

function partOf(verb: string, part: string) {
  const chosen = commandOf(verb);
  if (!chosen) throw new Failure([`unrecognized command name '${verb}'`], 'usage');
  const section = sectionOf(part);
  if (!section) throw new Failure([`unrecognized section name '${part}'`], 'usage');
  return { command: chosen, section };
}

function indexOf(text: string | undefined): { readonly parentIndex?: number } {
  if (text === undefined) return {};
  if (/^(?:-1|\d{1,5})$/.test(text)) return { parentIndex: Number(text) };
  throw new Failure([`Numeric value '${text}' for <parent-index> option is malformed or out of range`], 'usage');
}

function reachWords({ live, config, active }: { live: boolean; config: boolean; active: boolean }): string {
  const parts = [...(config ? ['persistent config'] : []), ...(live ? ['live state'] : [])];
  return parts.length > 0 ? parts.join(' and ') : active ? 'live state' : 'persistent config';
}

export default command({
  about: 'Change a part of a network: a host entry, a range, a port group, a DNS record. An active network changes while it is used.',
  example: `virtbus net-update lab add ip-dhcp-host "<host mac='52:54:00:00:00:09' ip='10.7.0.9'/>" --live --config`,
  options: {
    network: networkOption,
    command: { kind: 'text', required: true, about: 'add-first, add-last (add), delete or modify' },
    section: { kind: 'text', required: true, about: 'which part: ip-dhcp-host, ip-dhcp-range, portgroup, dns-host, dns-txt, dns-srv …' },
    xml: { kind: 'text', required: true, about: 'a file with the element, or the element itself when it begins with <' },
    'parent-index': { kind: 'text', namedOnly: true, about: 'which <ip> is meant, counted from 0' },
    config: { kind: 'flag', about: 'the definition' },
    live: { kind: 'flag', about: 'what is active' },
    current: { kind: 'flag', about: 'what is active when it is, else the definition' },
  },
  async run({ network, command: verb, section: part, xml, 'parent-index': parent, config, live, current }, context) {
    const wish = { network, ...partOf(verb, part), ...indexOf(parent), live, config };
    refuseContradiction({ current, live, config });
    const element = xml.startsWith('<') ? xml : await readXml(context, xml);
    const before = await context.ask('listNetworks', {});
    const result = await withNetwork(network, `Failed to update network ${network}`, async () =>
      context.order('updateNetwork', { ...wish, xml: element }),
    );
    const active = before.networks.find(({ uuid }) => uuid === result.uuid)?.active ?? false;
    return done(`Updated network ${result.name} ${reachWords({ live, config, active })}`, result);
  },
});
