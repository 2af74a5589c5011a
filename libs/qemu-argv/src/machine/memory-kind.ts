/** Where guest memory lies: anonymous, in a file, in a memfd; ordinary pages or huge ones. */
import type { JsonObject } from '../argv/json.js';
import type { Context } from '../context.js';
import { hugePagesOf } from './huge-pages.js';
import type { MemoryNeed } from './memory-need.js';

export interface MemoryKind {
  readonly type: 'ram' | 'file' | 'memfd';
  readonly huge: boolean;
  readonly props: JsonObject;
}

const BYTES_PER_KIB = 1024;

export function memoryKind(context: Context, need: MemoryNeed): MemoryKind {
  const share = sharing(context, need);
  if (need.path !== undefined) return inFile(context, need, { path: need.path, huge: false, share });
  const pages = hugePagesOf(context, need);
  const source = context.domain.memoryBacking?.source?.type;
  if (source === 'memfd') return memfd(need, share, pages?.sizeKiB);
  if (pages) return inFile(context, need, { path: pages.path, huge: true, share });
  if (source === 'file' || share !== undefined)
    return inFile(context, need, { path: sharedFile(context, need.fileName ?? need.id), huge: false, share });
  return { type: 'ram', huge: false, props: { 'qom-type': 'memory-backend-ram', id: need.id } };
}

interface MemoryFile {
  readonly path: string;
  readonly huge: boolean;
  readonly share: boolean | undefined;
}

const inFile = (context: Context, need: MemoryNeed, { path, huge, share }: MemoryFile): MemoryKind => ({
  type: 'file',
  huge,
  props: { 'qom-type': 'memory-backend-file', id: need.id, 'mem-path': path, 'discard-data': discarding(context, need), share },
});

const memfd = (need: MemoryNeed, share: boolean | undefined, pageKiB: number | undefined): MemoryKind => ({
  type: 'memfd',
  huge: pageKiB !== undefined,
  props: { 'qom-type': 'memory-backend-memfd', id: need.id, ...hugeProps(pageKiB), share },
});

const hugeProps = (pageKiB: number | undefined): JsonObject =>
  pageKiB === undefined ? {} : { hugetlb: true, hugetlbsize: pageKiB * BYTES_PER_KIB };

const sharedFile = ({ host }: Context, name: string): string => `${host.paths.memory ?? host.paths.directory}/${name}`;

const cellOf = ({ domain }: Context, cell: number | undefined) => domain.cpu?.numa?.cell.find(({ id }, index) => (id ?? index) === cell);

/** undefined: nobody says. */
function sharing(context: Context, { access, cell }: MemoryNeed): boolean | undefined {
  const mode = access ?? cellOf(context, cell)?.memAccess ?? context.domain.memoryBacking?.access?.mode;
  return mode === undefined ? undefined : mode === 'shared';
}

const discarding = (context: Context, { discard, cell }: MemoryNeed): boolean | undefined =>
  discard ?? cellOf(context, cell)?.discard ?? (context.domain.memoryBacking?.discard ? true : undefined);
