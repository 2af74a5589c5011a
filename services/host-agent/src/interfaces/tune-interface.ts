import { Refusal, type Bandwidth, type InterfaceTuning, type Port } from '@virtbus/contracts';
import { namedInterface, tunedInterface, type NetDef } from '@virtbus/libvirt-xml';
import { liveNetDef } from '../core/plan-interfaces.js';
import type { LiveGuest } from '../live-guest.js';
import type { HostLog, PortAllocator } from '../ports.js';
import { Undo } from '../undo.js';
import { bandwidthOf } from './bandwidth.js';
import { recordOf, type Connection } from './connection.js';
import type { Interfaces } from './interfaces.js';
import { connectionOnRecord, liveDefinition, withInterface } from './on-record.js';

export interface TuningWorld {
  readonly interfaces: Pick<Interfaces, 'change' | 'refuseChange'>;
  readonly ports: Pick<PortAllocator, 'shape'>;
  readonly log: HostLog;
}

/**
 * Changes what a running guest's interface may carry: netd grants it on a network, then its link is shaped, then it is on record.
 * The same again changes nothing. @throws LibvirtError 8; Refusal as netd refuses; LinkError: everything is as it was
 */
export async function tuneInterface(
  { guest, interfaces, ports, log }: TuningWorld & { readonly guest: LiveGuest },
  directory: string,
  { device, ...tuning }: InterfaceTuning,
): Promise<void> {
  const { entry } = guest;
  const { interface: nets } = liveDefinition(entry).devices;
  const alias = nets[namedInterface(nets, device)]?.alias?.name ?? '';
  const before = connectionOnRecord(entry, alias, directory);
  if (!before) throw new Error('an interface of the live definition is on record');
  const net = tunedInterface(before.net, tuning);
  const undo = new Undo(log, 'after a failed change of limits');
  const shape = (bandwidth: Bandwidth | undefined): Promise<Port> =>
    ports.shape({ ...shapeOf(entry, before), ...(bandwidth && { bandwidth }) });
  try {
    if (before.port) undo.push('have its port as it was', () => shape(bandwidthOf(before)));
    else refuseFloor(net);
    const after = { ...before, net, ...(before.port && { port: await shape(bandwidthOf({ net })) }) };
    interfaces.refuseChange(before, after);
    const now = { active: entry.state === 'running' };
    undo.push('have its link as it was', () => interfaces.change(after, before, now));
    await interfaces.change(before, after, now);
    await guest.amend((current) => withInterface(current, liveNetDef(net, after.port, after.target), recordOf(after)));
  } catch (error) {
    await undo.run();
    throw error;
  }
}

const shapeOf = ({ uuid: domain, epoch }: LiveGuest['entry'], { port, mac }: Connection) => ({
  domain,
  epoch,
  networkUuid: port?.networkUuid ?? '',
  mac,
});

/** What only a network can promise. */
function refuseFloor(net: NetDef): void {
  if (net.bandwidth?.inbound?.floor === undefined) return;
  throw new Refusal('config_unsupported', 'unsupported configuration: floor attribute is not supported for this config', {
    path: `/domain/devices/interface[mac/@address='${net.mac?.address ?? ''}']/bandwidth/inbound/@floor`,
  });
}
