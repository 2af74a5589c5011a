import type { DomainDef } from '@virtbus/libvirt-xml';
import { isVirtioCard, queuesOf } from '../devices/interface-virtio.js';
import type { NetInterface } from '../domain-parts.js';
import type { Accelerator } from '../host/argv-host.js';
import type { InterfacePlan } from '../host/interface-plan.js';

const FIRST_DESCRIPTOR = 3;
const tapTypes: ReadonlySet<NetInterface['type']> = new Set(['network', 'bridge', 'ethernet', 'direct']);

/** Every interface plugged as its type says, with made-up descriptors; vhost where KVM and the card can use it. */
export function referenceInterfaces({ name, devices }: DomainDef, accel: Accelerator): readonly InterfacePlan[] {
  let next = FIRST_DESCRIPTOR;
  const take = (count: number): readonly number[] => Array.from({ length: count }, () => next++);
  return devices.interface.flatMap((net): InterfacePlan[] => {
    const alias = net.alias?.name ?? '';
    if (tapTypes.has(net.type)) return [tapPlan(net, { alias, accel, take })];
    if (net.type === 'vdpa') return [{ alias, type: 'vdpa', fd: take(1)[0] ?? 0 }];
    if (net.type === 'user' && net.backend?.type === 'passt')
      return [{ alias, type: 'stream', socket: `${passtDirectory}/-1-${name}-${alias}.socket` }];
    return [];
  });
}

const passtDirectory = '/run/libvirt/qemu/passt';

interface Taking {
  readonly alias: string;
  readonly accel: Accelerator;
  readonly take: (count: number) => readonly number[];
}

function tapPlan(net: NetInterface, { alias, accel, take }: Taking): InterfacePlan {
  const queues = queuesOf(net) ?? 1;
  const fds = take(queues);
  return { alias, type: 'tap', fds, ...(accel === 'kvm' && takesVhost(net) && { vhostFds: take(queues) }) };
}

const takesVhost = (net: NetInterface): boolean => isVirtioCard(net) && (net.type === 'hostdev' || net.driver?.name !== 'qemu');
