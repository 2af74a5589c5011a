import type { NetworkRecord, PortRecord } from '@virtbus/contracts';
import { formatNetwork, parseNetwork, type NetworkDef } from '@virtbus/libvirt-xml';
import { withUse, type DevicesInUse } from './network-update.js';

/** How many connections each device of a network's pool has, by its name or address. */
export function countDevices(ports: readonly PortRecord[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { actual } of ports) {
    const device = actual.dev ?? actual.pciAddress;
    if (device !== undefined) counts.set(device, (counts.get(device) ?? 0) + 1);
  }
  return counts;
}

/** The document of an active network, with its connections. */
export function liveNetworkXml({ xml, liveXml }: NetworkRecord, ports: readonly PortRecord[]): string {
  return formatNetwork(liveNetwork(parseNetwork(liveXml ?? xml), ports.length, countDevices(ports)), { flavour: 'live' });
}

/** What `net-dumpxml` shows of an active network: its connections, and the ports that translation uses though nobody has said so. */
export function liveNetwork(network: NetworkDef, connections: number, inUse: DevicesInUse): NetworkDef {
  const used = withUse(network, inUse);
  return { ...used, ...(connections > 0 ? { connections } : {}), ...(used.forward ? { forward: translated(used.forward) } : {}) };
}

type Forward = NonNullable<NetworkDef['forward']>;

const translated = (forward: Forward): Forward =>
  forward.mode === 'nat' && !forward.nat?.port ? { ...forward, nat: { ...forward.nat, port: { start: 1024, end: 65_535 } } } : forward;
