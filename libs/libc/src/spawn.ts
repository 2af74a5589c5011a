import { constants as osConstants } from 'node:os';
import { constants } from 'node:fs';
import { functions } from './library.js';
import { SystemError } from './system-error.js';

export interface SpawnRequest {
  /** A path, or a name that is looked for along this process's PATH. */
  readonly binary: string;
  /** Without the program's own name. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  /** Become the child's descriptors 1, 2, 3 …; its 0 is /dev/null. They stay open here. */
  readonly descriptors: readonly number[];
}

/** How a process ended, as wait(2) tells; neither when somebody else has waited for it. */
export interface ProcessEnd {
  readonly exitCode?: number;
  readonly signal?: string;
}

export interface SpawnedProcess {
  readonly pid: number;
  /** Settles when the process has ended, and never rejects. Until then the pid is nobody else's. */
  readonly ended: Promise<ProcessEnd>;
}

/** spawn.h */
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
const POSIX_SPAWN_SETSID = 0x80;
/** At least the size of glibc's opaque structures: 336, 80 and 128 bytes on 64-bit machines. */
const attributesBytes = 512;
const actionsBytes = 256;
const signalSetBytes = 128;

/**
 * Starts a program in a session of its own, with every signal at its default. Unlike Node's `spawn`, which forks, this does not copy the
 * page tables of the process, which takes milliseconds in one of 100 MB.
 * @throws SystemError ENOENT, EACCES, ENOEXEC … when the system refuses to run it
 */
export function spawnProcess(request: SpawnRequest): SpawnedProcess {
  const pid = Int32Array.of(0);
  const argv = [request.binary, ...request.argv, null];
  using actions = actionsOf(request);
  using attributes = attributesOf();
  // Before the child exists, so that its end cannot be missed.
  listen();
  const errno = functions.posixSpawn(pid, request.binary, actions.bytes, attributes.bytes, argv, environmentOf(request.environment));
  if (errno !== 0) {
    unlistenWhenIdle();
    throw new SystemError('posix_spawn', errno, request.binary);
  }
  return adoptChild(pid[0] ?? 0);
}

interface Prepared extends Disposable {
  readonly bytes: Uint8Array;
}

/**
 * What the child does before it becomes the program. A descriptor that lies where another is to go is first copied out of the way;
 * one that is copied onto itself is only kept open over exec.
 */
function actionsOf({ descriptors, directory }: SpawnRequest): Prepared {
  const bytes = new Uint8Array(actionsBytes);
  succeed('posix_spawn_file_actions_init', functions.fileActionsInit(bytes));
  const above = Math.max(...descriptors, descriptors.length) + 1;
  const places = descriptors.map((descriptor, index) => {
    if (descriptor > descriptors.length || descriptor === index + 1) return descriptor;
    succeed('posix_spawn_file_actions_adddup2', functions.fileActionsDup2(bytes, descriptor, above + index));
    return above + index;
  });
  succeed('posix_spawn_file_actions_addopen', functions.fileActionsOpen(bytes, 0, '/dev/null', constants.O_RDONLY, 0));
  for (const [index, place] of places.entries()) {
    succeed('posix_spawn_file_actions_adddup2', functions.fileActionsDup2(bytes, place, index + 1));
    if (place >= above) succeed('posix_spawn_file_actions_addclose', functions.fileActionsClose(bytes, place));
  }
  succeed('posix_spawn_file_actions_addchdir_np', functions.fileActionsChdir(bytes, directory), directory);
  return { bytes, [Symbol.dispose]: () => void functions.fileActionsDestroy(bytes) };
}

function attributesOf(): Prepared {
  const bytes = new Uint8Array(attributesBytes);
  const signals = new Uint8Array(signalSetBytes);
  succeed('posix_spawnattr_init', functions.spawnAttributesInit(bytes));
  functions.sigfillset(signals);
  succeed('posix_spawnattr_setsigdefault', functions.spawnAttributesSetDefault(bytes, signals));
  functions.sigemptyset(signals);
  succeed('posix_spawnattr_setsigmask', functions.spawnAttributesSetMask(bytes, signals));
  const flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID;
  succeed('posix_spawnattr_setflags', functions.spawnAttributesSetFlags(bytes, flags));
  return { bytes, [Symbol.dispose]: () => void functions.spawnAttributesDestroy(bytes) };
}

const environmentOf = (environment: SpawnRequest['environment']): (string | null)[] => [
  ...Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
  null,
];

/** These functions answer the error's number itself. */
function succeed(call: string, errno: number, subject?: string): void {
  if (errno !== 0) throw new SystemError(call, errno, subject);
}

/** sys/wait.h */
const WNOHANG = 1;
const running = new Map<number, (end: ProcessEnd) => void>();

function adoptChild(pid: number): SpawnedProcess {
  return { pid, ended: new Promise((resolve) => void running.set(pid, resolve)) };
}

/** Several ends may come as one signal. Node asks for its own children one by one, and leaves these alone. */
function reap(): void {
  for (const [pid, settle] of running) {
    const status = Int32Array.of(0);
    const answer = functions.waitpid(pid, status, WNOHANG);
    if (answer === 0) continue;
    running.delete(pid);
    settle(answer === pid ? endOf(status[0] ?? 0) : {});
  }
  unlistenWhenIdle();
}

/** A listener of SIGCHLD does not keep the process alive. */
function listen(): void {
  if (running.size === 0) process.on('SIGCHLD', reap);
}

function unlistenWhenIdle(): void {
  if (running.size === 0) process.off('SIGCHLD', reap);
}

const signalNames = new Map(Object.entries(osConstants.signals).map(([name, number]) => [number, name]));

/** bits/waitstatus.h: the low seven bits are the signal, the byte above them what the program returned. */
function endOf(status: number): ProcessEnd {
  const signal = status & 0x7f;
  return signal === 0 ? { exitCode: (status >> 8) & 0xff } : { signal: signalNames.get(signal) ?? `signal ${signal}` };
}
