/** NUMA cells of the guest, with their memory, distances and memory attributes. */
import { formatCpuset, parseCpuset } from '@virtbus/libvirt-xml';
import { keyValues, object, type Argv } from '../argv/options.js';
import { machineOf } from '../capabilities.js';
import type { Context } from '../context.js';
import { hugePagesOf } from './huge-pages.js';
import { memoryBackend } from './memory-backend.js';
import { cellsOf, wholeMib } from './memory-size.js';
import { bytesOf } from './units.js';

type Pair = readonly [string, string | number];

const KIB_PER_MIB = 1024;

export function numa(context: Context): Argv {
  const cells = cellsOf(context.domain).map((cell, index) => ({ cell, id: cell.id ?? index }));
  const bySize = takesSizes(context) && !cells.some((numbered) => needsObject(context, numbered));
  const nodes = cells.flatMap((numbered) => (bySize ? sizedNode(context, numbered) : backedNode(context, numbered)));
  return [...(bySize ? commonMemory(context) : []), ...nodes, ...distanceTable(context), ...attributes(context)];
}

type Cell = ReturnType<typeof cellsOf>[number];

interface NumberedCell {
  readonly id: number;
  readonly cell: Cell;
}

/** Old machines keep the sizes that they were started with first: guests migrate by the names of their memory. */
const takesSizes = ({ domain, host }: Context): boolean =>
  !hasAttributes({ domain }) && machineOf(host.capabilities, domain.os.type.machine)?.numaMemSupported === true;

/** Whether something is said of this cell's memory that a size alone does not say. */
function needsObject({ domain }: Context, { id, cell }: NumberedCell): boolean {
  const { memoryBacking, numatune } = domain;
  const bound = numatune?.memnode.some(({ cellid }) => cellid === id) ?? false;
  return bound || cell.memAccess !== undefined || isBacked(memoryBacking) || hasOwnPages(memoryBacking, id);
}

type Backing = Context['domain']['memoryBacking'];

const isBacked = (backing: Backing): boolean =>
  backing?.access?.mode !== undefined || backing?.source?.type === 'memfd' || backing?.source?.type === 'file';

const hasOwnPages = (backing: Backing, id: number): boolean =>
  backing?.hugepages?.page.some(({ nodeset }) => nodeset !== undefined && parseCpuset(nodeset)?.includes(id)) ?? false;

/** What all cells share that have sizes only. */
function commonMemory(context: Context): Argv {
  const pages = hugePagesOf(context, { at: '/domain/memoryBacking/hugepages' });
  if (pages) return ['-mem-prealloc', '-mem-path', pages.path];
  return context.domain.memoryBacking?.allocation?.mode === 'immediate' ? ['-mem-prealloc'] : [];
}

const sizedNode = (context: Context, { id, cell }: NumberedCell): Argv =>
  node(context, { id, cell }, cell.memory > 0 ? ['mem', wholeMib(cell.memory) / KIB_PER_MIB] : undefined);

function backedNode(context: Context, { id, cell }: NumberedCell): Argv {
  if (cell.memory === 0) return node(context, { id, cell }, undefined);
  const memdev = `ram-node${id}`;
  const backend = memoryBackend(context, { id: memdev, sizeKiB: wholeMib(cell.memory), cell: id, at: `/domain/cpu/numa/cell[${id + 1}]` });
  return [...backend.context, ...object(backend.props), ...node(context, { id, cell }, ['memdev', memdev])];
}

function node(context: Context, { id, cell }: NumberedCell, memory: Pair | undefined): Argv {
  const pairs: Pair[] = [['nodeid', id], ...rangesOf(cell.cpus).map((range): Pair => ['cpus', range])];
  if (hasAttributes(context)) pairs.push(['initiator', initiatorOf(context, id)]);
  if (memory) pairs.push(memory);
  return ['-numa', keyValues('node', pairs)];
}

/** QEMU takes one range at a time. */
function rangesOf(cpus: string | undefined): readonly string[] {
  const numbers = cpus === undefined ? [] : (parseCpuset(cpus) ?? []);
  return numbers.length === 0 ? [] : formatCpuset(numbers).split(',');
}

/** Whether anything is said of how fast cells reach memory, or of caches in front of it. */
export const hasAttributes = ({ domain }: Pick<Context, 'domain'>): boolean =>
  domain.cpu?.numa?.interconnects !== undefined || cellsOf(domain).some(({ cache }) => cache.length > 0);

/** The cell with processors that reaches this one: itself, or the one that the attributes name first. */
function initiatorOf({ domain }: Context, id: number): number {
  const cell = cellsOf(domain).find((one, index) => (one.id ?? index) === id);
  if (rangesOf(cell?.cpus).length > 0) return id;
  const found = domain.cpu?.numa?.interconnects?.latency.find(({ target }) => target === id);
  return found?.initiator ?? cellsOf(domain).findIndex(({ cpus }) => rangesOf(cpus).length > 0);
}

/** Either all pairs are said or none: what is not said is as far as the way back, or 10 to itself and 20 to others. */
function distanceTable({ domain }: Context): Argv {
  const cells = cellsOf(domain);
  if (cells.length === 1 || !cells.some((cell) => (cell.distances?.sibling.length ?? 0) > 0)) return [];
  return cells.flatMap((cell, index) => {
    const src = cell.id ?? index;
    return cells.flatMap((other, place) => {
      const dst = other.id ?? place;
      const value = siblingOf(cell, dst) ?? siblingOf(other, src) ?? (src === dst ? LOCAL_DISTANCE : REMOTE_DISTANCE);
      return ['-numa', keyValues('dist', { src, dst, val: value })];
    });
  });
}

const siblingOf = ({ distances }: Cell, to: number): number | undefined => distances?.sibling.find(({ id }) => id === to)?.value;

const LOCAL_DISTANCE = 10;
const REMOTE_DISTANCE = 20;

function attributes({ domain }: Context): Argv {
  const { latency = [], bandwidth = [] } = domain.cpu?.numa?.interconnects ?? {};
  const caches = cellsOf(domain).flatMap((cell, index) => cell.cache.map((cache) => ({ cell: cell.id ?? index, cache })));
  return [
    ...latency.flatMap((one) => hmat(one, 'latency', { latency: one.value })),
    ...bandwidth.flatMap((one) => hmat(one, 'bandwidth', { bandwidth: `${bytesOf(one.value, one.unit ?? 'KiB') / 1024}K` })),
    ...caches.flatMap(({ cell, cache }): Argv => [
      '-numa',
      keyValues('hmat-cache', {
        'node-id': cell,
        size: `${bytesOf(cache.size.value, cache.size.unit) / 1024}K`,
        level: cache.level,
        associativity: associativities[cache.associativity],
        policy: policies[cache.policy],
        line: bytesOf(cache.line.value, cache.line.unit),
      }),
    ]),
  ];
}

const associativities = { none: 'none', direct: 'direct', full: 'complex' } as const;
const policies = { none: 'none', writeback: 'write-back', writethrough: 'write-through' } as const;

type Attribute = NonNullable<NonNullable<NonNullable<Context['domain']['cpu']>['numa']>['interconnects']>['latency'][number];

function hmat(
  { initiator, target, cache, type }: Attribute,
  what: 'latency' | 'bandwidth',
  value: Readonly<Record<string, string | number>>,
): Argv {
  const hierarchy = cache === undefined ? 'memory' : hierarchies[cache - 1];
  return ['-numa', keyValues('hmat-lb', { initiator, target, hierarchy, 'data-type': `${type}-${what}`, ...value })];
}

const hierarchies = ['first-level', 'second-level', 'third-level'];
