import { Refusal, type Demand, type DiskDemand } from '@virtbus/contracts';
import { pciName, type DomainDef, type NetDef } from '@virtbus/libvirt-xml';

export const DEFAULT_ARCH = 'x86_64';

export interface Sizes {
  readonly demand: Demand;
  readonly memoryKiB: number;
  readonly maxMemoryKiB: number;
}

const ofQemu = (type: string): Demand['type'] | undefined => (type === 'qemu' || type === 'kvm' ? type : undefined);

/**
 * What a definition asks of a host.
 * @param hypervisorOf what runs domains of a type
 * @throws Refusal config_unsupported for a type that nothing runs
 */
export function sizesOf(domain: DomainDef, hypervisorOf = ofQemu): Sizes {
  const type = hypervisorOf(domain.type);
  if (type === undefined) {
    throw new Refusal('config_unsupported', `unsupported configuration: domain type='${domain.type}' is not one that QEMU runs`, {
      path: '/domain/@type',
    });
  }
  const maxMemoryKiB = domain.memory?.value ?? 0;
  if (maxMemoryKiB <= 0) throw new Refusal('xml_error', 'XML error: a domain needs <memory>', { path: '/domain/memory' });
  const emulator = domain.devices.emulator;
  const demand: Demand = {
    type,
    arch: domain.os.type.arch ?? DEFAULT_ARCH,
    memoryMiB: Math.ceil(maxMemoryKiB / 1024),
    vcpus: Math.max(1, domain.vcpu.value),
    ...(emulator === undefined ? {} : { emulator }),
    ...ofInterfaces(domain.devices.interface),
    ...ofDisks(domain.devices.disk),
  };
  return { demand, maxMemoryKiB, memoryKiB: domain.currentMemory ?? maxMemoryKiB };
}

/** Networks may lend devices of the host; links and functions of it are named by interfaces themselves. */
function ofInterfaces(nets: readonly NetDef[]): Pick<Demand, 'networks' | 'devices'> {
  const networks = nets.flatMap((net) => (net.type === 'network' ? [net.source.network] : []));
  const devices = nets.flatMap((net) => deviceOf(net) ?? []);
  return { ...(networks.length > 0 ? { networks } : {}), ...(devices.length > 0 ? { devices } : {}) };
}

/** Volumes are where their pool has them, and a file may be a volume. */
function ofDisks(all: DomainDef['devices']['disk']): Pick<Demand, 'disks'> {
  const disks = all.flatMap((disk): DiskDemand[] => {
    if (disk.type === 'volume' && disk.source) return [{ pool: disk.source.pool, volume: disk.source.volume }];
    return disk.type === 'file' && disk.source?.file !== undefined ? [{ file: disk.source.file }] : [];
  });
  return disks.length > 0 ? { disks } : {};
}

function deviceOf(net: NetDef): string | undefined {
  if (net.type === 'direct') return net.source.dev;
  const address = net.type === 'hostdev' ? net.source.address : undefined;
  return address?.type === 'pci' ? pciName(address) : undefined;
}
