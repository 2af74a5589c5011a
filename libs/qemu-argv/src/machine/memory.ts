import { keyValues, object, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { unsupported } from '../refusal.js';
import { memoryBackend } from './memory-backend.js';
import { hasNumaCells, initialMemoryKiB, ramId, wholeMib } from './memory-size.js';

const KIB_PER_MIB = 1024;

export function memory(context: Context): Argv {
  const { domain } = context;
  const size = initialMemoryKiB(domain);
  return ['-m', sizeText(context, size), ...mainBackend(context, size)];
}

function sizeText({ domain }: Context, size: number): string {
  const { maxMemory } = domain;
  if (!maxMemory) return String(size / KIB_PER_MIB);
  if (!hasNumaCells(domain)) {
    throw unsupported('/domain/maxMemory', 'memory that can grow needs a NUMA cell');
  }
  return keyValues(undefined, { size: `${size}k`, slots: maxMemory.slots, maxmem: `${wholeMib(maxMemory.value)}k` });
}

/** With NUMA cells each cell has memory of its own. */
function mainBackend(context: Context, sizeKiB: number): Argv {
  if (hasNumaCells(context.domain)) return [];
  const backend = memoryBackend(context, { id: ramId(context), sizeKiB, isMain: true, at: '/domain/memoryBacking' });
  return [...backend.context, ...object(backend.props)];
}

export const overcommit = ({ domain }: Context): Argv => ['-overcommit', keyValues(undefined, { 'mem-lock': isLocked(domain) })];

const isLocked = ({ memoryBacking }: Context['domain']): boolean => memoryBacking?.locked === true;
