import {
  defined,
  ownerOfPort,
  type ActualNetDef,
  type PortPlug,
  type PortRecord,
  type PortRequest,
  type VirtualPort,
  type Vlan,
} from '@virtbus/contracts';
import { formatNetworkPort, pciName, type NetworkPortDef } from '@virtbus/libvirt-xml';
import { withPlacement, type Placed } from './placement-element.js';

/** Where a port's XML names its host: `<virtbus:placement xmlns:virtbus="urn:virtbus:port:1" host="host-b"/>` */
export const PORT: Placed = { root: 'networkport', source: 'networkport_definition', namespace: 'urn:virtbus:port:1' };

type Plug = NonNullable<NetworkPortDef['plug']>;

/** As libvirt's networkport document, which names the host when its maker did. */
export const portXmlOf = (record: PortRecord): string =>
  withPlacement(formatNetworkPort(portDefinitionOf(record)), record.byHand?.placed ? record.hostId : undefined, PORT);

function portDefinitionOf({ id, portGroup, mac, actual, ...record }: PortRecord): NetworkPortDef {
  const { virtualPort, bandwidth, vlan, isolated, trustGuestRxFilters } = actual;
  return {
    uuid: id,
    owner: { ...ownerOfPort(record) },
    mac: { address: mac },
    plug: plugOf(actual),
    ...defined({
      rxfilters: trustGuestRxFilters ? { trustGuest: true } : undefined,
      group: portGroup,
      port: isolated ? { isolated } : undefined,
      vlan: vlan && { ...(vlan.trunk ? { trunk: true } : {}), tag: vlan.tags },
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

/** What a port's document asks of its network. */
export function portWishOf({ mac, group, vlan, virtualport, bandwidth, port, rxfilters }: NetworkPortDef, network: string): PortRequest {
  return {
    mac: mac.address,
    network,
    ...defined({
      portGroup: group,
      vlan: vlan && vlanOf(vlan),
      bandwidth:
        bandwidth &&
        defined({ inbound: bandwidth.inbound && { ...bandwidth.inbound }, outbound: bandwidth.outbound && { ...bandwidth.outbound } }),
      virtualPort: virtualport && virtualPortIn(virtualport),
      isolated: port?.isolated,
      trustGuestRxFilters: rxfilters?.trustGuest,
    }),
  };
}

const vlanOf = ({ trunk = false, tag }: NonNullable<NetworkPortDef['vlan']>): Vlan => ({
  trunk,
  tags: tag.map(({ id, nativeMode }) => ({ id, ...defined({ nativeMode }) })),
});

const virtualPortIn = ({ type, parameters }: PortVirtualPort): VirtualPort =>
  defined({
    type,
    parameters: parameters && Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
  });

/** What a port's document says that it is plugged into. */
export function reclaimedPlugOf({ plug }: NetworkPortDef): PortPlug | undefined {
  if (!plug || plug.type === 'none') return undefined;
  if (plug.type === 'direct') return { type: 'direct', dev: plug.dev };
  if (plug.type === 'hostdev-pci') return { type: 'hostdev', pciAddress: pciName(plug.address) };
  return { type: plug.type, bridge: plug.bridge };
}
