import type { BindingRecord, DomainState, NwfilterBinding } from '@virtbus/contracts';
import { formatFilterBinding, parseDomain, type FilterBindingDef } from '@virtbus/libvirt-xml';

export interface Bound extends NwfilterBinding {
  readonly xml: string;
}

/** Filters on the links of a running domain, from its live definition. */
export function bindingsOf({ uuid, name, hostId, state, xml }: DomainState): Bound[] {
  // Most domains have none: their definition need not be taken apart.
  if (state === 'shutoff' || !xml?.includes('<filterref')) return [];
  return parseDomain(xml, { flavour: 'live' }).devices.interface.flatMap((net): Bound[] => {
    const portDev = net.target?.dev;
    if (!('filterref' in net) || !net.filterref || portDev === undefined || !net.mac) return [];
    const { filter, parameter } = net.filterref;
    const mac = net.mac.address;
    const written = formatFilterBinding({
      owner: { name, uuid },
      portdev: { name: portDev },
      mac: { address: mac },
      filterref: { filter, parameter: withMac(parameter, mac) },
    });
    return [{ hostId, portDev, filter, mac, domain: uuid, domainName: name, xml: written }];
  });
}

type Parameters = FilterBindingDef['filterref']['parameter'];

/** Parameters as libvirt shows those of a filter that is at work: by name, the address of the card among them. */
export function withMac(parameters: Parameters, mac: string): Parameters {
  const own = parameters.some(({ name }) => name === 'MAC') ? parameters : [...parameters, { name: 'MAC', value: mac }];
  return own.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

export const boundByHand = (record: BindingRecord): Bound => ({ ...record, byHand: true });
