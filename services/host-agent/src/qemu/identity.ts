import { join } from 'node:path';
import { readCommandLine, readStat } from './proc.js';
import { PID_FILE, type GoneReason, type Identity } from './qemu.js';

/** Whose process is looked for: the uuid alone could be on the command line of a `grep`; the pid file's path is this agent's. */
export interface Owner {
  readonly uuid: string;
  readonly directory: string;
}

export type Identified =
  | { readonly type: 'ours'; readonly identity: Identity; readonly state: string }
  | { readonly type: 'gone'; readonly reason: GoneReason };

/** Whether `pid` is the living QEMU of `owner`, and, when `startTime` is known, still the same one. */
export function identify(pid: number, owner: Owner, startTime?: number): Identified {
  const stat = readStat(pid);
  if (!stat) return gone('no_process');
  if (startTime !== undefined && stat.startTime !== startTime) return gone('other_process');
  if (isDead(stat.state)) return gone('zombie');
  const argv = readCommandLine(pid);
  if (!argv) return gone('no_process');
  if (!belongsTo(argv, owner)) return gone('other_process');
  return { type: 'ours', identity: { pid, startTime: stat.startTime, uuid: owner.uuid }, state: stat.state };
}

/** Whether the process that was identified before still runs. Cheap: the start time stands for all the rest. */
export function stillRuns(identity: Identity): boolean {
  const stat = readStat(identity.pid);
  return stat !== undefined && stat.startTime === identity.startTime && !isDead(stat.state);
}

export function belongsTo(argv: readonly string[], owner: Owner): boolean {
  return hasOption(argv, '-uuid', owner.uuid) && hasOption(argv, '-pidfile', join(owner.directory, PID_FILE));
}

function hasOption(argv: readonly string[], option: string, value: string): boolean {
  return argv.some((argument, index) => argument === option && argv[index + 1] === value);
}

function isDead(state: string): boolean {
  return state === 'Z' || state === 'X';
}

function gone(reason: GoneReason): Identified {
  return { type: 'gone', reason };
}
