import { command, told } from '../command.js';
import { isActive } from '../core/list-filter.js';
import { domainInterfaces, isNamed } from '../domain-interfaces.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { findDomain } from '../references.js';

export default command({
  about: "Whether the cable of a domain's network interface is plugged, as its guest sees it.",
  example: 'virtbus domif-getlink web 52:54:00:12:34:56',
  options: {
    domain: domainOption,
    interface: { kind: 'text', required: true, about: 'interface device (MAC Address)' },
    config: { kind: 'flag', about: 'get persistent interface state' },
  },
  async run({ domain: text, interface: name, config }, context) {
    const found = await findDomain(context, text);
    const net = (await domainInterfaces(context, text, config || !isActive(found))).find(isNamed(name));
    if (!net) throw new Failure([`Interface (${name.includes(':') ? 'mac' : 'dev'}: ${name}) not found.`], 'no_device', { libvirt: 99 });
    const state = net.link?.state ?? 'up';
    return told([`${name} ${state}`], { interface: name, state });
  },
});
