/** Objects that hold guest memory (`memory-backend-*`): anonymous, in a file, in a memfd, in huge pages, bound to nodes of the host. */
import type { JsonObject } from '../argv/json.js';
import { object, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { hugePagesOf, type PageWish } from './huge-pages.js';
import { bindingOf } from './numa-binding.js';

export interface MemoryNeed {
  readonly id: string;
  readonly sizeKiB: number;
  /** The cell of the guest that it belongs to. */
  readonly cell?: number;
  /** The machine's own memory, without NUMA cells. */
  readonly isMain?: boolean;
  /** A file of the definition's own. */
  readonly path?: string;
  readonly access?: 'shared' | 'private';
  readonly discard?: boolean;
  readonly pageSizeKiB?: number;
  /** Nodes of the host, when the module says so itself. */
  readonly nodemask?: string;
  readonly alignKiB?: number;
  readonly pmem?: boolean;
  /** The device populates it piece by piece, so that nothing is set aside before. */
  readonly growing?: boolean;
  /** Written through to its file: never set aside. */
  readonly written?: boolean;
  readonly at: string;
}

export interface MemoryBackend {
  /** Threads that fill the memory run where it lies: an object that comes first. */
  readonly context: Argv;
  readonly props: JsonObject;
  /** The device is to prefault what the guest takes. */
  readonly devicePreallocates: boolean;
}

const BYTES_PER_KIB = 1024;

export function memoryBackend(context: Context, need: MemoryNeed): MemoryBackend {
  const kind = backendKind(context, need);
  const binding = bindingOf(context, need);
  const fill = preallocation(context, need, kind);
  const prealloc = fill && !need.growing;
  const threadContext = prealloc && binding ? `tc-${need.id}` : undefined;
  const props: JsonObject = {
    ...kind.props,
    'x-use-canonical-path-for-ramblock-id': need.isMain && kind.type !== 'ram' ? false : undefined,
    prealloc: prealloc ? true : undefined,
    'prealloc-threads': prealloc ? context.domain.memoryBacking?.allocation?.threads : undefined,
    reserve: need.growing ? false : undefined,
    size: need.sizeKiB * BYTES_PER_KIB,
    align: need.alignKiB === undefined ? undefined : need.alignKiB * BYTES_PER_KIB,
    pmem: need.pmem ? true : undefined,
    'host-nodes': binding?.nodes,
    policy: binding?.policy,
    'prealloc-context': threadContext,
  };
  const threads =
    threadContext === undefined ? [] : object({ 'qom-type': 'thread-context', id: threadContext, 'node-affinity': binding?.nodes });
  return { context: threads, props, devicePreallocates: fill && need.growing === true };
}

interface BackendKind {
  readonly type: 'ram' | 'file' | 'memfd';
  readonly huge: boolean;
  readonly props: JsonObject;
}

function backendKind(context: Context, need: MemoryNeed): BackendKind {
  const { memoryBacking } = context.domain;
  const share = sharing(context, need);
  const pages = need.path === undefined ? hugePagesOf(context, wishOf(need)) : undefined;
  const source = memoryBacking?.source?.type;
  if (need.path === undefined && source === 'memfd') return memfd(need, share, pages?.sizeKiB);
  const path = need.path ?? pages?.path ?? (source === 'file' || share ? sharedFile(context, need.id) : undefined);
  if (path === undefined) return { type: 'ram', huge: false, props: { 'qom-type': 'memory-backend-ram', id: need.id } };
  return {
    type: 'file',
    huge: pages !== undefined,
    props: { 'qom-type': 'memory-backend-file', id: need.id, 'mem-path': path, 'discard-data': discarding(context, need), share },
  };
}

const memfd = (need: MemoryNeed, share: boolean | undefined, pageKiB: number | undefined): BackendKind => ({
  type: 'memfd',
  huge: pageKiB !== undefined,
  props: {
    'qom-type': 'memory-backend-memfd',
    id: need.id,
    hugetlb: pageKiB === undefined ? undefined : true,
    hugetlbsize: pageKiB === undefined ? undefined : pageKiB * BYTES_PER_KIB,
    share,
  },
});

const wishOf = ({ cell, pageSizeKiB, at }: MemoryNeed): PageWish => ({ cell, pageSizeKiB, at });

const sharedFile = ({ host }: Context, id: string): string => `${host.paths.memory ?? host.paths.directory}/${id}`;

/** undefined: nobody says. */
function sharing({ domain }: Context, { access, cell }: MemoryNeed): boolean | undefined {
  const ofCell = domain.cpu?.numa?.cell.find(({ id }, index) => (id ?? index) === cell)?.memAccess;
  const mode = access ?? ofCell ?? domain.memoryBacking?.access?.mode;
  return mode === undefined ? undefined : mode === 'shared';
}

function discarding({ domain }: Context, { discard, cell }: MemoryNeed): boolean | undefined {
  const ofCell = domain.cpu?.numa?.cell.find(({ id }, index) => (id ?? index) === cell)?.discard;
  return discard ?? ofCell ?? (domain.memoryBacking?.discard ? true : undefined);
}

/** Huge pages are set aside at once, or the guest could find none left; so are files of the definition's own, but for persistent memory. */
function preallocation({ domain }: Context, { path, pmem, written }: MemoryNeed, kind: BackendKind): boolean {
  const immediate = domain.memoryBacking?.allocation?.mode === 'immediate';
  return immediate || kind.huge || (path !== undefined && !pmem && !written);
}
