/** Defaults of what is not a device. */
import type { DomainDef } from '../domain/domain.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import { formatCpuset, parseCpuset } from '../formats/cpuset.js';
import type { EmulatorCapabilities } from './capabilities.js';
import { machineOf } from './machine.js';

const DOMAIN = 20;

/** Architecture, machine by its full name, emulator. */
export function fillMachine(def: DomainDef, capabilities: EmulatorCapabilities | undefined): DomainDef {
  const arch = def.os.type.arch ?? capabilities?.target ?? 'x86_64';
  const machine = def.os.type.machine ?? 'pc';
  const full = capabilities?.machines.find((one) => one.alias === machine)?.name ?? machine;
  const binary = capabilities?.binary ?? `/usr/bin/qemu-system-${arch}`;
  const emulator = def.devices.emulator ?? (arch === 'i686' ? binary.replace(/(x86_64|i686)$/, 'i386') : binary);
  return { ...def, os: { ...def.os, type: { ...def.os.type, arch, machine: full } }, devices: { ...def.devices, emulator } };
}

/** Without any word about booting it is the first disk. */
export function fillBoot(def: DomainDef): DomainDef {
  const { disk, interface: interfaces, hostdev, redirdev, filesystem } = def.devices;
  const ordered = [...disk, ...interfaces, ...hostdev, ...redirdev, ...filesystem].some((device) => device.boot !== undefined);
  return ordered || def.os.boot.length > 0 ? def : { ...def, os: { ...def.os, boot: [{ dev: 'hd' }] } };
}

/** The processor that the machine has when none is named. */
export function fillCpu(def: DomainDef, capabilities: EmulatorCapabilities | undefined): DomainDef {
  const { cpu } = def;
  if (cpu?.model || (cpu?.mode !== undefined && cpu.mode !== 'custom')) return withCheck(def, capabilities !== undefined);
  if (def.type === 'hvf') return def;
  const type = capabilities?.machines.find(({ name }) => name === machineOf(def))?.defaultCpuType;
  const native = type?.replace(/-(x86_64|i386)-cpu$/, '');
  const model = native === 'qemu64' && def.devices.emulator?.endsWith('i386') ? 'qemu32' : native;
  if (model === undefined) return def;
  return {
    ...def,
    cpu: { feature: [], ...cpu, mode: 'custom', match: 'exact', check: 'none', model: { fallback: 'forbid', value: model } },
  };
}

function withCheck(def: DomainDef, known: boolean): DomainDef {
  const { cpu } = def;
  if (!cpu) return def;
  const check = cpu.mode === 'host-model' ? 'partial' : cpu.mode === 'custom' && def.type !== 'qemu' ? 'partial' : 'none';
  const migratable = cpu.mode === 'host-passthrough' ? { migratable: cpu.migratable ?? known } : {};
  return { ...def, cpu: { ...cpu, check: cpu.check ?? check, ...migratable } };
}

/**
 * All memory, in KiB, and how much of it the guest starts with.
 * @param anew whether NUMA cells and memory devices outweigh what is written: true when a domain is defined.
 * @throws LibvirtError XML_ERROR without any memory, or with more in devices than there is.
 */
export function fillMemory(def: DomainDef, anew: boolean): DomainDef {
  const total = totalMemory(def, anew);
  if (total === 0)
    throw new LibvirtError('XML_ERROR', 'Memory size must be specified via <memory> or in the <numa> configuration', {
      domain: DOMAIN,
      path: '/domain/memory',
    });
  const limit = def.maxMemory?.value;
  if (limit !== undefined && limit < total) {
    throw new LibvirtError('XML_ERROR', 'maximum memory size must be equal or greater than the actual memory size', {
      domain: DOMAIN,
      path: '/domain/maxMemory',
    });
  }
  const current = def.currentMemory === undefined || def.currentMemory === 0 ? total : Math.min(def.currentMemory, total);
  return { ...def, memory: { ...def.memory, value: total }, currentMemory: current };
}

function totalMemory(def: DomainDef, anew: boolean): number {
  const given = def.memory?.value ?? 0;
  const cells = (def.cpu?.numa?.cell ?? []).reduce((sum, cell) => sum + cell.memory, 0);
  const pluggable = def.devices.memory.reduce((sum, { target }) => sum + target.size, 0);
  if (cells > 0) return given === 0 || anew ? cells + pluggable : given;
  if (given < pluggable)
    throw new LibvirtError('XML_ERROR', 'Total size of memory devices exceeds the total memory size', {
      domain: DOMAIN,
      path: '/domain/memory',
    });
  return given;
}

/** vcpus that no NUMA cell claims belong to the first one. */
export function fillNuma(def: DomainDef): DomainDef {
  const { cpu } = def;
  const cells = cpu?.numa?.cell ?? [];
  const claimed = new Set(cells.flatMap(({ cpus }) => (cpus === undefined ? [] : (parseCpuset(cpus) ?? []))));
  const free = Array.from({ length: def.vcpu.value }, (_, id) => id).filter((id) => !claimed.has(id));
  const [first, ...others] = cells;
  if (!cpu?.numa || !first || free.length === 0) return def;
  const cpus = formatCpuset([...(parseCpuset(first.cpus ?? '') ?? []), ...free].toSorted((a, b) => a - b));
  return { ...def, cpu: { ...cpu, numa: { ...cpu.numa, cell: [{ ...first, cpus }, ...others] } } };
}
