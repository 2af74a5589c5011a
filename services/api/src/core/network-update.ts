import { defined, Refusal, type NetworkRecord, type UpdateNetwork } from '@virtbus/contracts';
import { formatNetwork, parseNetwork, updateNetwork, type NetworkDef, type UpdateRequest } from '@virtbus/libvirt-xml';

/** How many connections each device of the network has, by its name or address: what is in use is not taken away. */
export type DevicesInUse = ReadonlyMap<string, number>;

const invalid = (words: string): Refusal => new Refusal('operation_invalid', `Requested operation is not valid: ${words}`, { domain: 19 });

/**
 * From libvirt's flags to what is changed: without any, what is active when it is, else the definition.
 * @throws Refusal operation_invalid for what the network does not have
 */
function reachOf(
  { live = false, config = false }: UpdateNetwork,
  { active, persistent }: NetworkRecord,
): { live: boolean; config: boolean } {
  if (live && !active) throw invalid('network is not running');
  if (config && !persistent) throw invalid('cannot change persistent config of a transient network');
  return live || config ? { live, config } : { live: active, config: !active };
}

/** @throws Refusal operation_invalid; LibvirtError as `updateNetwork` does */
export function updatedRecord(record: NetworkRecord, update: UpdateNetwork, inUse: DevicesInUse): NetworkRecord {
  const { command, section, parentIndex = -1, xml } = update;
  const reach = reachOf(update, record);
  const request: UpdateRequest = { command, section, parentIndex, xml };
  const change = (text: string): string => formatNetwork(updateNetwork(withUse(parseNetwork(text), inUse), request));
  const before = record.liveXml ?? record.xml;
  const live = reach.live ? change(before) : before;
  const kept = reach.config ? change(record.xml) : record.xml;
  const version = (record.version ?? 0) + 1;
  // A transient network has no definition but the one that is active.
  if (!record.persistent) return { ...record, xml: live, version };
  return { ...defined({ ...record, liveXml: record.active && live !== kept ? live : undefined }), xml: kept, version };
}

type PciAddress = NonNullable<NetworkDef['forward']>['address'][number];

const hex = (value: number | undefined, width: number): string => (value ?? 0).toString(16).padStart(width, '0');
const pciTextOf = ({ domain, bus, slot, function: fn }: PciAddress): string =>
  `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${hex(fn, 1)}`;

/** The devices of a network's pool with their connections. */
export function withUse(network: NetworkDef, inUse: DevicesInUse): NetworkDef {
  const { forward } = network;
  if (!forward) return network;
  const counted = <T extends object>(one: T, name: string): T => {
    const connections = inUse.get(name);
    return connections === undefined ? one : { ...one, connections };
  };
  const devices = forward.interface.map((one) => counted(one, one.dev));
  const addresses = forward.address.map((one) => counted(one, pciTextOf(one)));
  return { ...network, forward: { ...forward, interface: devices, address: addresses } };
}
