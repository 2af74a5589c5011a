import type { AuditRecord, Outcome } from '@virtbus/contracts';
import type { Identity } from '../access/index.js';
import type { OperationStatus } from './bodies.js';

interface Known {
  readonly who: string;
  readonly project: string | undefined;
  readonly status: OperationStatus;
}

/** Operations of late that came through this gateway, for lists: the stream of events is what knows them all. */
export class OperationMemory {
  private readonly known = new Map<string, Known>();
  private readonly keys = new Map<string, string>();

  constructor(private readonly capacity = 2_000) {}

  begun(
    id: string,
    { name: who }: Identity,
    { command, project }: { readonly command: string; readonly project: string | undefined },
  ): void {
    const before = this.known.get(id);
    if (before) return;
    this.known.set(id, { who, project, status: { id, status: 'pending', command } });
    bound(this.known, this.capacity);
  }

  ended(outcome: Outcome): void {
    const before = this.known.get(outcome.commandId);
    if (before) this.known.set(outcome.commandId, { ...before, status: statusOf(outcome) });
  }

  /** Whether a key has not been used for anything else. */
  claims(id: string, fingerprint: string): boolean {
    const before = this.keys.get(id);
    if (before !== undefined) return before === fingerprint;
    this.keys.set(id, fingerprint);
    bound(this.keys, this.capacity * 5);
    return true;
  }

  /** The newest first. */
  list(identity: Identity): OperationStatus[] {
    return [...this.known.values()]
      .filter((one) => concerns(identity, one))
      .map(({ status }) => status)
      .toReversed();
  }
}

export const statusOf = ({ commandId, command, ok, at, result, error }: Outcome): OperationStatus => ({
  id: commandId,
  status: ok ? 'succeeded' : 'failed',
  command,
  at,
  ...(result === undefined ? {} : { result }),
  ...(error === undefined ? {} : { error }),
});

/** One's own, those of one's projects, and all for whom no project binds. */
export const concerns = (
  { name, projects }: Identity,
  { who, project }: Pick<AuditRecord, 'who'> & { readonly project?: string | undefined },
): boolean => projects === 'all' || who === name || (project !== undefined && projects.includes(project));

function bound(map: Map<string, unknown>, capacity: number): void {
  const [oldest] = map.keys();
  if (map.size > capacity && oldest !== undefined) map.delete(oldest);
}
