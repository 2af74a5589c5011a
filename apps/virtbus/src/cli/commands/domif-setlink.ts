import { command, done, told } from '../command.js';
import { isActive } from '../core/list-filter.js';
import { domainInterfaces, isNamed } from '../domain-interfaces.js';
import { Failure } from '../failure.js';
import { domainOption } from '../object-order.js';
import { findDomain, withDomain } from '../references.js';

export default command({
  about: "Plug or pull the cable of a domain's network interface, as its guest sees it.",
  example: 'virtbus domif-setlink web 52:54:00:12:34:56 down',
  options: {
    domain: domainOption,
    interface: { kind: 'text', required: true, about: 'interface device (MAC Address)' },
    state: { kind: 'text', required: true, about: 'new state of the device' },
    config: { kind: 'flag', about: 'affect next boot' },
    'print-xml': { kind: 'flag', about: 'print XML document rather than set the interface link state' },
  },
  async run({ domain: text, interface: name, state, config, 'print-xml': print }, context) {
    if (state !== 'up' && state !== 'down') throw new Failure([`invalid link state '${state}'`], 'usage');
    const found = await findDomain(context, text);
    const inactive = config || !isActive(found);
    const net = (await domainInterfaces(context, text, inactive)).find(isNamed(name));
    if (!net) throw new Failure([`interface '${name}' not found`], 'no_device', { libvirt: 99 });
    const { formatInterface } = await import('@virtbus/libvirt-xml');
    const xml = formatInterface({ ...net, link: { state } }, { flavour: inactive ? 'inactive' : 'live' });
    if (print) return told(xml.trimEnd().split('\n'), { xml });
    const result = await withDomain(context, text, 'Failed to update interface link state', async (domain) =>
      context.order('updateDevice', { domain, xml, ...(inactive ? { config: true } : { live: true }) }),
    );
    return done('Device updated successfully', result);
  },
});
