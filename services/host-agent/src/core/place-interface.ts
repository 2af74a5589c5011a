import { Refusal } from '@virtbus/contracts';
import { assignDefaults, LibvirtError, type DomainDef, type NetDef } from '@virtbus/libvirt-xml';
import { prepareDomain, type QemuCapabilities } from '@virtbus/qemu-argv';

/** Kinds of connections that libvirt gives to no running guest. */
const notHotplugged: ReadonlySet<NetDef['type']> = new Set(['server', 'client', 'mcast', 'udp', 'internal', 'null', 'vds']);

export interface PlacedInterface {
  /** The running domain with the new interface among its devices, as `hotplugInterface` takes it. */
  readonly definition: DomainDef;
  readonly net: NetDef;
}

/**
 * Where a new interface sits in a running guest: model, alias and a free place, as at a start. Every other device stays where it is.
 * @param isHostdev its network lends it a device of the host
 * @throws Refusal operation_unsupported for a kind that is not hot-plugged, mac_in_use, operation_failed when there is no free place;
 * LibvirtError
 */
export function placeInterface(
  live: DomainDef,
  given: NetDef,
  capabilities: QemuCapabilities,
  { isHostdev = false }: { readonly isHostdev?: boolean } = {},
): PlacedInterface {
  if (notHotplugged.has(given.type)) {
    throw new Refusal(
      'operation_unsupported',
      `Operation not supported: hotplug of interface type of ${given.type} is not implemented yet`,
    );
  }
  refuseTaken(live, given);
  const { devices } = live;
  const filled = assignDefaults({ ...live, devices: { ...devices, interface: [...devices.interface, given] } }, capabilities, {
    define: false,
  });
  if (filled.devices.controller.length > devices.controller.length) throw noSlot();
  const added = filled.devices.interface.at(-1);
  const definition = prepareDomain(filled, { isHostdev: (net) => isHostdev && net === added });
  const net = definition.devices.interface.at(-1);
  if (!net) throw new Error('an interface that was added is there');
  return { definition, net };
}

const noSlot = (): LibvirtError => new LibvirtError('INTERNAL_ERROR', 'No more available PCI slots');

function refuseTaken({ devices }: DomainDef, { alias, mac, ...given }: NetDef): void {
  const names = Object.values(devices).flat().flatMap(aliasOf);
  if (alias && names.includes(alias.name)) throw new LibvirtError('XML_ERROR', `non unique alias detected: ${alias.name}`);
  const network = networkOf(given);
  const twin = network !== undefined && devices.interface.find((net) => networkOf(net) === network && net.mac?.address === mac?.address);
  if (twin) throw macInUse(mac?.address ?? '', network);
}

export function macInUse(mac: string, network: string): Refusal {
  const words = `the domain has an interface with MAC address ${mac} on network '${network}' already`;
  return new Refusal('mac_in_use', `Requested operation is not valid: ${words}`);
}

/** A network's name: also of an interface that the live definition shows as what it is plugged into. */
const networkOf = (net: object): string | undefined => {
  const source: unknown = 'source' in net ? net.source : undefined;
  return typeof source === 'object' && source !== null && 'network' in source && typeof source.network === 'string'
    ? source.network
    : undefined;
};

const aliasOf = (device: unknown): string[] =>
  typeof device === 'object' && device !== null && 'alias' in device && isNamed(device.alias) ? [device.alias.name] : [];

const isNamed = (alias: unknown): alias is { readonly name: string } =>
  typeof alias === 'object' && alias !== null && 'name' in alias && typeof alias.name === 'string';
