/** Changes of a definition, as virsh's `--config` makes them. Each answers the new definition. */
import { Refusal } from '@virtbus/contracts';
import { namedInterface, tunedInterface, withTunedDisk, type DiskLimits, type DomainDef, type InterfaceTuning } from '@virtbus/libvirt-xml';

const argument = (words: string): Refusal => new Refusal('invalid_argument', `invalid argument: ${words}`);

/** What the domain starts with. @throws Refusal invalid_argument above its maximum */
export function withMemory(domain: DomainDef, memoryKiB: number): DomainDef {
  const mostKiB = domain.memory?.value ?? 0;
  if (memoryKiB > mostKiB) throw argument('cannot set memory higher than max memory');
  return { ...domain, currentMemory: memoryKiB };
}

/** What it has now follows when it would be more than the new maximum. */
export function withMaxMemory(domain: DomainDef, memoryKiB: number): DomainDef {
  const now = domain.currentMemory ?? memoryKiB;
  return { ...domain, memory: { ...domain.memory, value: memoryKiB }, currentMemory: Math.min(now, memoryKiB) };
}

/** How many processors the domain starts with. @throws Refusal invalid_argument above its maximum */
export function withVcpus(domain: DomainDef, vcpus: number): DomainDef {
  const most = domain.vcpu.value;
  if (vcpus > most) throw argument(`requested vcpus is greater than max allowable vcpus for the persistent domain: ${vcpus} > ${most}`);
  return counted(domain, { most, now: vcpus });
}

/** @throws Refusal operation_invalid for a topology that says how many there are */
export function withMaxVcpus(domain: DomainDef, vcpus: number): DomainDef {
  const topology = domain.cpu?.topology;
  if (topology && topology.sockets * topology.cores * topology.threads * (topology.dies ?? 1) !== vcpus) {
    throw new Refusal('operation_invalid', 'Requested operation is not valid: CPU topology does not match the desired vcpu count');
  }
  return counted(domain, { most: vcpus, now: Math.min(domain.vcpu.current ?? domain.vcpu.value, vcpus) });
}

function counted({ vcpus, ...domain }: DomainDef, { most, now }: { readonly most: number; readonly now: number }): DomainDef {
  const { current: _, ...vcpu } = domain.vcpu;
  const single = vcpus?.vcpu.filter(({ id }) => id < most).map((one) => ({ ...one, enabled: one.id < now }));
  return {
    ...domain,
    vcpu: { ...vcpu, value: most, ...(now === most ? {} : { current: now }) },
    ...(single && single.length === most ? { vcpus: { vcpu: single } } : {}),
  };
}

/** @throws LibvirtError 8 for a disk that there is not; 67 */
export const withLimitedDisk = (domain: DomainDef, disk: string, limits: DiskLimits): DomainDef =>
  withTunedDisk(domain, disk, { limits, missing: `missing persistent configuration for disk '${disk}'` });

/** @throws LibvirtError 8 for an interface that there is not */
export function withTunedInterface({ devices, ...domain }: DomainDef, device: string, tuning: InterfaceTuning): DomainDef {
  const { interface: nets } = devices;
  const at = namedInterface(nets, device);
  return { ...domain, devices: { ...devices, interface: nets.map((net, index) => (index === at ? tunedInterface(net, tuning) : net)) } };
}
