import { command, done, told } from '../command.js';
import { scopeOf, scopeOptions } from '../change-scope.js';
import { isActive } from '../core/list-filter.js';
import { domainInterfaces } from '../domain-interfaces.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { findDomain, withDomain } from '../references.js';

const failure = 'Failed to detach interface';

export default command({
  about: 'Unplug a network interface, known by its type and, when there are several, its MAC address.',
  example: 'virtbus detach-interface web network --mac 52:54:00:12:34:56 --live',
  options: {
    domain: domainOption,
    type: { kind: 'text', required: true, about: 'network interface type' },
    mac: { kind: 'text', namedOnly: true, about: 'MAC address' },
    ...scopeOptions,
    'print-xml': { kind: 'flag', about: 'print XML document rather than detach the interface' },
  },
  async run({ domain: text, type, mac, 'print-xml': print, ...flags }, context) {
    const found = await findDomain(context, text);
    const scope = scopeOf(flags, isActive(found));
    const ofType = (await domainInterfaces(context, text, !isActive(found) || scope.live !== true)).filter((net) => net.type === type);
    const matching = ofType.filter((net) => mac === undefined || net.mac?.address.toLowerCase() === mac.toLowerCase());
    const [net, second] = matching;
    if (ofType.length === 0) throw new Failure([`No interface found whose type is ${type}`, failure], 'no_device', { libvirt: 99 });
    if (!net) throw new Failure([`No interface with MAC address ${mac ?? ''} was found`, failure], 'no_device', { libvirt: 99 });
    if (second) {
      const words = `Domain has ${matching.length} interfaces. Please specify which one to detach using --mac`;
      throw new Failure([words, failure], 'operation_failed');
    }
    const { formatInterface } = await import('@virtbus/libvirt-xml');
    const xml = formatInterface(net, { flavour: 'live' });
    if (print) return told(xml.trimEnd().split('\n'), { xml });
    const mark = `<interface type='${type}'><mac address='${net.mac?.address ?? ''}'/>${sourceOf(xml)}</interface>`;
    const result = await withDomain(context, text, failure, async (domain) =>
      context.order('detachDevice', { domain, xml: mark, ...scope }),
    );
    return done('Interface detached successfully', result);
  },
});

/** The MAC address alone says which interface it is, in guest and definition alike; a source must be there to be read. */
const sourceOf = (xml: string): string => /<source[^>]*(?:\/>|>[\s\S]*?<\/source>)/.exec(xml)?.[0] ?? '';
