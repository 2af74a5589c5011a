/** Objects that hold guest memory (`memory-backend-*`), when they are filled, and to which nodes of the host they are bound. */
import type { JsonObject } from '../argv/json.js';
import { object, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import { memoryKind, type MemoryKind } from './memory-kind.js';
import type { MemoryNeed } from './memory-need.js';
import { bindingOf, type NumaBinding } from './numa-binding.js';

export interface MemoryBackend {
  /** Threads that fill the memory run where it lies: an object that comes first. */
  readonly context: Argv;
  readonly props: JsonObject;
  /** The device is to prefault what the guest takes. */
  readonly devicePreallocates: boolean;
}

const BYTES_PER_KIB = 1024;

export function memoryBackend(context: Context, need: MemoryNeed): MemoryBackend {
  const kind = memoryKind(context, need);
  const binding = bindingOf(context, need);
  const fill = preallocation(context, need, kind);
  const growing = need.growing === true;
  const threads = fill && !growing ? fillThreads(context, need, binding) : { ...noThreads, props: threadCount(context) };
  const props: JsonObject = {
    ...kind.props,
    'x-use-canonical-path-for-ramblock-id': need.isMain && kind.type !== 'ram' ? false : undefined,
    ...threads.props,
    reserve: growing ? false : undefined,
    size: need.sizeKiB * BYTES_PER_KIB,
    ...fileProps(need),
    ...bindingProps(binding),
  };
  return { context: threads.context, props, devicePreallocates: fill && growing };
}

const fileProps = ({ alignKiB, pmem }: MemoryNeed): JsonObject => ({
  align: alignKiB === undefined ? undefined : alignKiB * BYTES_PER_KIB,
  pmem: pmem ? true : undefined,
});

const bindingProps = (binding: NumaBinding | undefined): JsonObject => ({ 'host-nodes': binding?.nodes, policy: binding?.policy });

/** Huge pages are set aside at once, or the guest could find none left; so are files of the definition's own, but for persistent memory. */
function preallocation({ domain }: Context, { path, pmem, written }: MemoryNeed, kind: MemoryKind): boolean {
  const immediate = domain.memoryBacking?.allocation?.mode === 'immediate';
  return immediate || kind.huge || (path !== undefined && !pmem && !written);
}

interface Threads {
  readonly context: Argv;
  readonly props: JsonObject;
}

const noThreads: Threads = { context: [], props: {} };

const threadCount = ({ domain }: Pick<Context, 'domain'>): JsonObject => ({
  'prealloc-threads': domain.memoryBacking?.allocation?.threads,
});

function fillThreads({ domain }: Context, { id }: MemoryNeed, binding: NumaBinding | undefined): Threads {
  const props: JsonObject = { prealloc: true, ...threadCount({ domain }) };
  if (!binding) return { context: [], props };
  const name = `tc-${id}`;
  return {
    context: object({ 'qom-type': 'thread-context', id: name, 'node-affinity': binding.nodes }),
    props: { ...props, 'prealloc-context': name },
  };
}
