/** To which nodes of the host a piece of guest memory is bound, and how strictly. */
import { parseCpuset } from '@virtbus/libvirt-xml';
import type { Context } from '../context.js';
import { unsupported } from '../refusal.js';

export interface NumaBinding {
  readonly nodes: readonly number[];
  readonly policy: 'bind' | 'preferred' | 'interleave';
}

interface Wish {
  readonly cell?: number;
  /** The module's own nodes, always strictly. */
  readonly nodemask?: string;
  readonly at: string;
}

type Mode = 'strict' | 'preferred' | 'interleave' | 'restrictive';

/** `restrictive` leaves it to the cpuset of the process. */
const policies = { strict: 'bind', preferred: 'preferred', interleave: 'interleave', restrictive: undefined } as const satisfies Record<
  Mode,
  unknown
>;

export function bindingOf(context: Context, { cell, nodemask, at }: Wish): NumaBinding | undefined {
  const { mode = 'strict', nodeset } = tuneOf(context, cell);
  const wanted = nodemask ?? nodeset;
  const policy = policies[mode];
  if (wanted === undefined || policy === undefined) return undefined;
  const nodes = parseCpuset(wanted) ?? [];
  if (policy === 'bind') checkNodes(context, nodes, at);
  return { nodes, policy };
}

interface Tune {
  readonly mode?: Mode;
  readonly nodeset?: string;
}

function tuneOf({ domain }: Context, cell: number | undefined): Tune {
  const { memnode = [], memory } = domain.numatune ?? {};
  return memnode.find(({ cellid }) => cellid === cell) ?? memory ?? {};
}

function checkNodes({ host }: Context, nodes: readonly number[], at: string): void {
  const missing = host.numaNodes && nodes.find((node) => !host.numaNodes?.includes(node));
  if (missing !== undefined) throw unsupported(at, `this host has no NUMA node ${missing}`);
}
