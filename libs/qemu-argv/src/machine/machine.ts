import { keyValues, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { unprepared, unsupported } from '../refusal.js';
import { flashNodes } from './firmware.js';
import { isPcExpress } from './machine-kind.js';
import { hasAttributes } from './numa.js';
import { hasNumaCells, ramId } from './memory-size.js';

/** The board and what is built into it. */
export function machine(context: Context): Argv {
  const { domain } = context;
  const type = domain.os.type.machine;
  if (type === undefined) throw unprepared('/domain/os/type/@machine', 'the machine type');
  return ['-machine', keyValues(type, { ...chipset(context), ...memory(context), ...timers(context), ...firmware(context) })];
}

function chipset({ domain }: Context) {
  const { features } = domain;
  return {
    usb: false,
    vmport: features?.vmport?.state,
    smm: features?.smm?.state,
    kernel_irqchip: irqchip(features?.ioapic?.driver),
  };
}

/** Interrupts in the kernel, or split so that interrupt remapping works. */
function irqchip(driver: 'qemu' | 'kvm' | undefined): string | undefined {
  if (driver === undefined) return undefined;
  return driver === 'qemu' ? 'split' : 'on';
}

function memory(context: Context) {
  const { domain } = context;
  const { devices, memoryBacking, os } = domain;
  return {
    'dump-guest-core': domain.memory?.dumpCore ?? false,
    'mem-merge': memoryBacking?.nosharepages ? false : undefined,
    nvdimm: onlyOn(devices.memory.some(({ model }) => model === 'nvdimm')),
    hmat: onlyOn(hasAttributes({ domain })),
    'memory-backend': hasNumaCells(domain) ? undefined : ramId(context),
    graphics: os.bios?.useserial ? false : undefined,
  };
}

const onlyOn = (value: boolean): true | undefined => value || undefined;

function timers({ domain }: Context) {
  return { hpet: domain.clock.timer.find(({ name }) => name === 'hpet')?.present };
}

function firmware(context: Context) {
  const { pflash0, pflash1 } = flashNodes(context);
  return { pflash0, pflash1, 'confidential-guest-support': context.domain.launchSecurity ? 'lsec0' : undefined };
}

const KIB_PER_MIB = 1024;

export function accelerator({ domain, host }: Context): Argv {
  const { tcg, kvm } = domain.features ?? {};
  const tbCache = tcg?.tbCache;
  if (host.accel === 'kvm')
    return ['-accel', keyValues('kvm', { 'dirty-ring-size': kvm?.dirtyRing?.state ? kvm.dirtyRing.size : undefined })];
  return ['-accel', keyValues('tcg', { 'tb-size': tbCache === undefined ? undefined : tbCache / KIB_PER_MIB })];
}

/** Memory that only system management mode sees. */
export function tseg(context: Context): Argv {
  const { smm } = context.domain.features ?? {};
  const size = smm?.state ? smm.tseg : undefined;
  if (size === undefined) return [];
  const at = '/domain/features/smm/tseg';
  if (!isPcExpress(context.domain)) throw unsupported(at, 'only q35 has a TSEG to set the size of');
  if (size % KIB_PER_MIB !== 0) throw unsupported(at, 'the TSEG is measured in whole MiB');
  return ['-global', `mch.extended-tseg-mbytes=${size / KIB_PER_MIB}`];
}
