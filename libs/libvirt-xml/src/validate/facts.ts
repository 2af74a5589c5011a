/** Questions about a definition that several rules ask. */
import type { DomainDef } from '../domain/domain.js';

/** Ids of the I/O threads, listed or counted. */
export const iothreadIds = ({ iothreadids, iothreads = 0 }: DomainDef): readonly number[] =>
  iothreadids?.iothread.map(({ id }) => id) ?? Array.from({ length: iothreads }, (_, index) => index + 1);

/** Whether other processes may map the guest's memory. */
export const sharesMemory = ({ memoryBacking, cpu }: DomainDef): boolean =>
  memoryBacking?.access?.mode === 'shared' || (cpu?.numa?.cell ?? []).some(({ memAccess }) => memAccess === 'shared');
