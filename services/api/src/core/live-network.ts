import type { NetworkDef } from '@virtbus/libvirt-xml';
import { withUse, type DevicesInUse } from './network-update.js';

/** What `net-dumpxml` shows of an active network: its connections, and the ports that translation uses though nobody has said so. */
export function liveNetwork(network: NetworkDef, connections: number, inUse: DevicesInUse): NetworkDef {
  const used = withUse(network, inUse);
  return { ...used, ...(connections > 0 ? { connections } : {}), ...(used.forward ? { forward: translated(used.forward) } : {}) };
}

type Forward = NonNullable<NetworkDef['forward']>;

const translated = (forward: Forward): Forward =>
  forward.mode === 'nat' && !forward.nat?.port ? { ...forward, nat: { ...forward.nat, port: { start: 1024, end: 65_535 } } } : forward;
