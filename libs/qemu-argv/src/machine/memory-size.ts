/** How much memory the guest starts with. Sizes in KiB unless a name says otherwise. */
import type { DomainDef } from '@virtbus/libvirt-xml';
import { machineOf } from '../capabilities.js';
import type { Context } from '../context.js';
import { unprepared } from '../refusal.js';

const KIB_PER_MIB = 1024;

export const roundUp = (size: number, step: number): number => Math.ceil(size / step) * step;

/** QEMU takes whole MiB. */
export const wholeMib = (sizeKiB: number): number => roundUp(sizeKiB, KIB_PER_MIB);

export const hasNumaCells = ({ cpu }: DomainDef): boolean => (cpu?.numa?.cell.length ?? 0) > 0;

type Cell = NonNullable<NonNullable<DomainDef['cpu']>['numa']>['cell'][number];

export const cellsOf = ({ cpu }: DomainDef): readonly Cell[] => cpu?.numa?.cell ?? [];

/** Without the modules that are plugged in beside it. */
export function initialMemoryKiB(domain: DomainDef): number {
  const cells = cellsOf(domain);
  if (cells.length > 0) return cells.reduce((sum, { memory }) => sum + wholeMib(memory), 0);
  if (domain.memory?.value === undefined) throw unprepared('/domain/memory', 'the size of the memory');
  return wholeMib(domain.memory.value - modulesKiB(domain));
}

/** With `maxMemory`, `memory` is the sum of what is built in and what is plugged in. */
const modulesKiB = ({ maxMemory, devices }: DomainDef): number =>
  maxMemory ? devices.memory.reduce((sum, { target }) => sum + target.size, 0) : 0;

/** The name that the machine gives its main memory, which guests migrate by. */
export function ramId({ domain, host }: Context): string {
  return machineOf(host.capabilities, domain.os.type.machine)?.defaultRamId ?? 'pc.ram';
}
