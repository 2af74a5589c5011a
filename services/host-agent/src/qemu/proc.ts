import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';

/** proc(5): what /proc tells of one process at one moment. */
export interface ProcStat {
  /** `R`, `S`, `D` (uninterruptible), `T` (stopped), `t` (traced), `Z` (zombie), `X` (dead) … */
  readonly state: string;
  /** Clock ticks from boot to its start. */
  readonly startTime: number;
}

/** Field numbers of /proc/PID/stat, counted from the field after the command's name in brackets (field 3). */
const STATE = 0;
const START_TIME = 22 - 3;

/** Undefined when there is no such process. Synchronous, so that no signal can be sent on a stale answer. */
export function readStat(pid: number): ProcStat | undefined {
  const text = readOrAbsent(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The name may hold spaces and brackets of its own; the last bracket ends it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[STATE] ?? '', startTime: Number(fields[START_TIME]) };
}

export interface ProcTimes {
  readonly userNs: number;
  readonly systemNs: number;
  readonly rssKiB: number;
}

/** USER_HZ and the page size of x86 and of arm64 as Debian builds it: sysconf(3) is not to be had here. */
const NS_PER_TICK = 10_000_000;
const KIB_PER_PAGE = 4;
const [USER, SYSTEM, RSS] = [14 - 3, 15 - 3, 24 - 3];

/** What a process has used and holds; undefined when there is none. */
export function readTimes(pid: number): ProcTimes | undefined {
  const text = readOrAbsent(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (at: number): number => Number(fields[at]);
  return { userNs: number(USER) * NS_PER_TICK, systemNs: number(SYSTEM) * NS_PER_TICK, rssKiB: number(RSS) * KIB_PER_PAGE };
}

/** How long a thread has run, and how long it waited to. Nanoseconds; undefined when there is none. */
export function readThreadTimes(pid: number, thread: number): { readonly timeNs: number; readonly waitNs: number } | undefined {
  const [timeNs, waitNs] = (readOrAbsent(`/proc/${pid}/task/${thread}/schedstat`) ?? '').split(' ').map(Number);
  return timeNs === undefined || waitNs === undefined ? undefined : { timeNs, waitNs };
}

/** The arguments of a process; empty for a zombie or a kernel thread, undefined when there is none. */
export function readCommandLine(pid: number): string[] | undefined {
  const text = readOrAbsent(`/proc/${pid}/cmdline`);
  return text === undefined ? undefined : argumentsIn(text);
}

/** The first process whose arguments match. Reads all of /proc: for a restart, not for a loop. */
export async function findProcess(matches: (argv: readonly string[]) => boolean): Promise<number | undefined> {
  for await (const { pid, argv } of processes()) {
    if (matches(argv)) return pid;
  }
  return undefined;
}

/** Everything that runs now. */
export async function* processes(): AsyncGenerator<{ readonly pid: number; readonly argv: readonly string[] }> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    yield { pid: Number(name), argv: argumentsIn(text) };
  }
}

function argumentsIn(text: string): string[] {
  return text === '' ? [] : text.replace(/\0$/, '').split('\0');
}

/** @throws what is wrong with a file that is there. */
export function readOrAbsent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** ESRCH is the answer of a process that ends while it is being read. */
function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');
}
