import { command, done, told } from '../command.js';
import { scopeOf, scopeOptions } from '../change-scope.js';
import { interfaceXml } from '../interface-xml.js';
import { isActive } from '../core/list-filter.js';
import { domainOption } from '../object-order.js';
import { findDomain, withDomain } from '../references.js';

const optional = (about: string) => ({ kind: 'text', namedOnly: true, about }) as const;

export default command({
  about: 'Plug a network interface into a domain, described by options.',
  example: 'virtbus attach-interface web network lab --model virtio --live',
  options: {
    domain: domainOption,
    type: { kind: 'text', required: true, about: 'network interface type' },
    source: { kind: 'text', required: true, about: 'source of network interface' },
    target: optional('target network name'),
    mac: optional('MAC address'),
    script: optional('script used to bridge network interface'),
    model: optional('model type'),
    alias: optional('custom alias name of interface device'),
    inbound: optional("control domain's incoming traffics"),
    outbound: optional("control domain's outgoing traffics"),
    ...scopeOptions,
    'print-xml': { kind: 'flag', about: 'print XML document rather than attach the interface' },
    managed: { kind: 'flag', about: 'the device is taken from and given back to the host' },
    'source-mode': optional('mode attribute of <source/> element'),
  },
  async run({ domain: text, 'print-xml': print, 'source-mode': sourceMode, persistent, config, live, current, ...words }, context) {
    const xml = interfaceXml({ ...words, sourceMode });
    if (print) return told(xml.trimEnd().split('\n'), { xml });
    const found = await findDomain(context, text);
    const scope = scopeOf({ persistent, config, live, current }, isActive(found));
    const result = await withDomain(context, text, 'Failed to attach interface', async (domain) =>
      context.order('attachDevice', { domain, xml, ...scope }),
    );
    return done('Interface attached successfully', result);
  },
});
