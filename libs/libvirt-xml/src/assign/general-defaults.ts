/** Defaults of what is not a device. */
import type { DomainDef } from '../domain/domain.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import { formatCpuset, parseCpuset } from '../formats/cpuset.js';
import type { EmulatorCapabilities } from './capabilities.js';
import { machineOf } from './machine.js';

const DOMAIN = 20;

/** Architecture, machine by its full name, emulator. */
export function fillMachine(def: DomainDef, capabilities: EmulatorCapabilities | undefined): DomainDef {
  const { arch = capabilities?.target ?? 'x86_64', machine = 'pc' } = def.os.type;
  const full = capabilities?.machines.find((one) => one.alias === machine)?.name ?? machine;
  const emulator = def.devices.emulator ?? emulatorFor(arch, capabilities);
  return { ...def, os: { ...def.os, type: { ...def.os.type, arch, machine: full } }, devices: { ...def.devices, emulator } };
}

/** 32-bit guests have an emulator of their own. */
function emulatorFor(arch: string, capabilities: EmulatorCapabilities | undefined): string {
  const binary = capabilities?.binary ?? `/usr/bin/qemu-system-${arch}`;
  return arch === 'i686' ? binary.replace(/(x86_64|i686)$/, 'i386') : binary;
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
  const chosen = cpu !== undefined && (cpu.model !== undefined || (cpu.mode ?? 'custom') !== 'custom');
  if (chosen) return { ...def, cpu: withCheck(cpu, def.type === 'qemu', capabilities !== undefined) };
  const value = defaultModel(def, capabilities);
  if (value === undefined) return def;
  return { ...def, cpu: { feature: [], ...cpu, mode: 'custom', match: 'exact', check: 'none', model: { fallback: 'forbid', value } } };
}

/** The model that the machine type has by itself, by its name without the architecture. */
function defaultModel(def: DomainDef, capabilities: EmulatorCapabilities | undefined): string | undefined {
  if (def.type === 'hvf') return undefined;
  const type = capabilities?.machines.find(({ name }) => name === machineOf(def))?.defaultCpuType;
  const model = type?.replace(/-(x86_64|i386)-cpu$/, '');
  return model === 'qemu64' && def.devices.emulator?.endsWith('i386') ? 'qemu32' : model;
}

type Cpu = NonNullable<DomainDef['cpu']>;

/** How strictly the host's processor is compared; a copy of it can migrate when the emulator says so. */
function withCheck(cpu: Cpu, emulated: boolean, known: boolean): Cpu {
  const compared = cpu.mode === 'host-model' || (cpu.mode === 'custom' && !emulated);
  const checked: Cpu = { ...cpu, check: cpu.check ?? (compared ? 'partial' : 'none') };
  return cpu.mode === 'host-passthrough' ? { ...checked, migratable: cpu.migratable ?? known } : checked;
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
