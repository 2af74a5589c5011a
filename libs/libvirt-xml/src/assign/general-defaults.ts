/** Defaults of what is not a device. */
import type { DomainDef } from '../domain/domain.js';
import type { EmulatorCapabilities } from './capabilities.js';
import { machineOf } from './machine.js';

/** Architecture, machine by its full name, emulator. */
export function fillMachine(def: DomainDef, capabilities: EmulatorCapabilities | undefined): DomainDef {
  const arch = def.os.type.arch ?? capabilities?.target ?? 'x86_64';
  const machine = def.os.type.machine ?? 'pc';
  const full = capabilities?.machines.find((one) => one.alias === machine)?.name ?? machine;
  const emulator = def.devices.emulator ?? capabilities?.binary ?? `/usr/bin/qemu-system-${arch === 'i686' ? 'i386' : arch}`;
  return { ...def, os: { ...def.os, type: { ...def.os.type, arch, machine: full } }, devices: { ...def.devices, emulator } };
}

/** Without any word about booting it is the first disk. */
export function fillBoot(def: DomainDef): DomainDef {
  const { disk, interface: interfaces, hostdev, redirdev } = def.devices;
  const ordered = [...disk, ...interfaces, ...hostdev, ...redirdev].some((device) => device.boot !== undefined);
  return ordered || def.os.boot.length > 0 ? def : { ...def, os: { ...def.os, boot: [{ dev: 'hd' }] } };
}

/** The processor that the machine has when none is named. */
export function fillCpu(def: DomainDef, capabilities: EmulatorCapabilities | undefined): DomainDef {
  const { cpu } = def;
  if (cpu?.model || (cpu?.mode !== undefined && cpu.mode !== 'custom')) return withCheck(def);
  const type = capabilities?.machines.find(({ name }) => name === machineOf(def))?.defaultCpuType;
  const model = type?.replace(/-(x86_64|i386)-cpu$/, '');
  if (model === undefined) return def;
  return { ...def, cpu: { feature: [], ...cpu, mode: 'custom', match: 'exact', check: 'none', model: { fallback: 'forbid', value: model } } };
}

function withCheck(def: DomainDef): DomainDef {
  const { cpu } = def;
  if (!cpu || cpu.check !== undefined) return def;
  const check = cpu.mode === 'host-model' ? 'partial' : cpu.mode === 'custom' && def.type !== 'qemu' ? 'partial' : 'none';
  return { ...def, cpu: { ...cpu, check } };
}

/** Memory that the guest starts with is at most all of it. */
export function fillMemory(def: DomainDef): DomainDef {
  const total = def.memory?.value ?? 0;
  const current = def.currentMemory === undefined || def.currentMemory === 0 ? total : Math.min(def.currentMemory, total);
  return { ...def, currentMemory: current };
}
