import { accessSync, constants, mkdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCommandLine, readOrAbsent, readStat } from '../qemu/proc.js';
import { runCommand } from './command.js';
import { LinkError, step, stepAsync } from './link-error.js';

export interface PasstPlace {
  /** The domain's own runtime directory. */
  readonly directory: string;
  readonly alias: string;
}

export interface PasstPlan extends PasstPlace {
  /** As passtOptions has them. */
  readonly options: readonly string[];
}

/** passt(1) in place of QEMU's own network stack: a daemon for each interface, which ends when QEMU lets go of it. */
export interface Passts {
  isInstalled(): boolean;
  /** Answers the socket that QEMU is to connect to. Code: passt_failed, with what passt said. */
  start(plan: PasstPlan): Promise<string>;
  /** Succeeds when it has ended already. Code: passt_failed. */
  stop(place: PasstPlace): Promise<void>;
}

/** It goes to the background once it listens, or ends with a message. */
const startMs = 10_000;
const pollMs = 10;
const endMs = 2_000;
const PROGRAM = 'passt';

const socketOf = ({ directory, alias }: PasstPlace): string => join(directory, `passt-${alias}.sock`);
const pidFileOf = ({ directory, alias }: PasstPlace): string => join(directory, `passt-${alias}.pid`);

export class HostPassts implements Passts {
  constructor(private readonly netns: string | undefined) {}

  isInstalled(): boolean {
    return (process.env['PATH'] ?? '').split(delimiter).some((place) => {
      try {
        accessSync(join(place, PROGRAM), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  }

  async start(plan: PasstPlan): Promise<string> {
    const socket = socketOf(plan);
    const doing = `start passt for ${plan.alias}`;
    await this.stop(plan);
    step(doing, () => mkdirSync(plan.directory, { recursive: true, mode: 0o700 }));
    const own = ['--one-off', '--socket', socket, '--pid', pidFileOf(plan)];
    // As who starts it, like QEMU: the socket is in a directory of nobody else's. passt shuts itself in.
    const user = ['--runas', `${process.geteuid?.() ?? 0}:${process.getegid?.() ?? 0}`];
    const args = [...own, ...user, ...plan.options];
    const end = await stepAsync(doing, () => runCommand({ netns: this.netns, program: PROGRAM, args, timeoutMs: startMs }));
    if (end.status === 0) return socket;
    await this.stop(plan);
    throw new LinkError('passt_failed', `cannot ${doing}: passt ended with ${end.status}: ${end.said}`);
  }

  async stop(place: PasstPlace): Promise<void> {
    const pid = Number(readOrAbsent(pidFileOf(place)));
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      if (!isItself(pid, place)) break;
      process.kill(pid, signal);
      for (let waited = 0; waited < endMs && isItself(pid, place); waited += pollMs) await sleep(pollMs);
    }
    if (isItself(pid, place)) throw new LinkError('passt_failed', `passt of ${place.alias}, pid ${pid}, does not end`);
    for (const file of [socketOf(place), pidFileOf(place)]) rmSync(file, { force: true });
  }
}

/** Known by its socket, whoever has the pid now. */
function isItself(pid: number, place: PasstPlace): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const state = readStat(pid)?.state;
  return state !== undefined && !['Z', 'X'].includes(state) && readCommandLine(pid)?.includes(socketOf(place)) === true;
}
