import { defined, type Port } from '@virtbus/contracts';
import type { NetDef } from '@virtbus/libvirt-xml';

/** The interface of a live definition as it was defined: on its network, and not on the bridge or device that the network granted. */
export function definedNet(live: NetDef, port: Port | undefined): NetDef {
  if (!port || (live.type !== 'network' && live.type !== 'bridge' && live.type !== 'direct')) return live;
  return { ...live, type: 'network', source: { network: port.network, ...defined({ portgroup: port.portGroup }) } };
}
