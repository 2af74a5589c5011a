import { defined, type ActualNetDef, type PortRecord, type VirtualPort } from '@virtbus/contracts';
import type { NetworkPortDef } from '@virtbus/libvirt-xml';

type Plug = NonNullable<NetworkPortDef['plug']>;

/** A port as libvirt's networkport document has it. */
export function portDefinitionOf({ id, domain, domainName, portGroup, mac, actual }: PortRecord): NetworkPortDef {
  const { virtualPort, bandwidth, vlan, isolated, trustGuestRxFilters } = actual;
  return {
    uuid: id,
    owner: { name: domainName, uuid: domain },
    mac: { address: mac },
    plug: plugOf(actual),
    rxfilters: { trustGuest: trustGuestRxFilters },
    ...defined({
      group: portGroup,
      port: isolated ? { isolated } : undefined,
      vlan: vlan && { trunk: vlan.trunk, tag: vlan.tags },
      bandwidth,
      virtualport: virtualPort && virtualPortOf(virtualPort),
    }),
  };
}

type PortVirtualPort = NonNullable<NetworkPortDef['virtualport']>;

/** netd keeps the element's own words. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was read from such an element
const virtualPortOf = (given: VirtualPort): PortVirtualPort => given as PortVirtualPort;

function plugOf({ type, bridge = '', macTableManager, dev = '', mode = 'vepa', ...device }: ActualNetDef): Plug {
  switch (type) {
    case 'network':
    case 'bridge':
      return { type, bridge, ...defined({ macTableManager }) };
    case 'direct':
      return { type, dev, mode };
    case 'hostdev':
      return assigned(device);
  }
}

const assigned = ({ managed = false, driver, pciAddress = '' }: Pick<ActualNetDef, 'managed' | 'driver' | 'pciAddress'>): Plug => ({
  type: 'hostdev-pci',
  managed,
  ...defined({ driver: driver && { name: driver } }),
  address: pciPartsOf(pciAddress),
});

/** `0000:03:07.1` */
function pciPartsOf(text: string): { domain: number; bus: number; slot: number; function: number } {
  const [domain = 0, bus = 0, slot = 0, fn = 0] = text.split(/[:.]/).map((part) => Number.parseInt(part, 16));
  return { domain, bus, slot, function: fn };
}
