import { close, closeSync, mkdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getSystemErrorMessage, promisify } from 'node:util';
import { listenUnix, spawnProcess, SystemError, withNetns, type SpawnedProcess } from '@virtbus/libc';
import { CommandTimeout, Monitor } from '@virtbus/qmp';
import { identify, type Owner } from './identity.js';
import { lastWords, openLog } from './log.js';
import { readOrAbsent, readStat } from './proc.js';
import {
  FIRST_DESCRIPTOR,
  LaunchFailed,
  MONITOR_SOCKET,
  PID_FILE,
  type Identity,
  type LaunchRequest,
  type QemuEnd,
  type RunningQemu,
} from './qemu.js';
import { MonitoredQemu } from './watched-qemu.js';

const TIMEOUT_MS = 30_000;
/** A QEMU that has closed its monitor exits within this, or is reported without its exit. */
const EXIT_MS = 2_000;

const closeLater = promisify(close);

/**
 * Starts QEMU, paused as its argv says, and enters command mode. The monitor's socket listens before QEMU exists, so nothing is polled.
 * @throws LaunchFailed
 */
export async function launch(request: LaunchRequest): Promise<RunningQemu> {
  const { child, identity } = await start(request);
  const monitor = await connectTo(child, request);
  return new MonitoredQemu({ identity, logFile: request.logFile, monitor, child });
}

/** How a start that fails after `launch` (at `set_link`, at `cont`) is reported when QEMU has ended underneath it. */
export function unexpectedEnd(end: QemuEnd): LaunchFailed {
  return new LaunchFailed(`qemu unexpectedly closed the monitor${withWords(end.lastWords)}`, end.lastWords);
}

interface Started {
  readonly child: SpawnedProcess;
  readonly identity: Identity;
}

/**
 * Descriptors are ours to close whatever happens, off the event loop: the last one of a tap takes the kernel 20 ms. What is done to files
 * takes microseconds here, and in the thread pool, which waits for disks, a start would wait with it.
 */
async function start(request: LaunchRequest): Promise<Started> {
  const descriptors = [...request.extraDescriptors];
  try {
    checkArgv(request.argv, request.uuid);
    prepareDirectory(request);
    descriptors.push(listenUnix(join(request.directory, MONITOR_SOCKET)));
    const argv = [...request.argv, ...ownArguments(request)];
    const log = openLog(request.logFile, [request.binary, ...argv], new Date());
    try {
      return spawnQemu(request, argv, [log, log, ...descriptors]);
    } finally {
      closeSync(log);
    }
  } catch (cause) {
    throw cause instanceof LaunchFailed ? cause : new LaunchFailed(`cannot start ${request.name}: ${wordsOf(cause)}`, '', { cause });
  } finally {
    await Promise.allSettled(descriptors.map((descriptor) => closeLater(descriptor)));
  }
}

function spawnQemu(request: LaunchRequest, argv: readonly string[], descriptors: readonly number[]): Started {
  const { binary, netns, environment = { PATH: process.env['PATH'], LC_ALL: 'C' } } = request;
  try {
    const child = withNetns(netns, () => spawnProcess({ binary, argv, environment, directory: '/', descriptors }));
    return { child, identity: identityOf(child, request.uuid) };
  } catch (cause) {
    if (!(cause instanceof SystemError) || cause.syscall !== 'posix_spawn') throw cause;
    throw new LaunchFailed(`cannot execute ${binary}: ${getSystemErrorMessage(-cause.errno)}`, '', { cause });
  }
}

/** Asked in the tick of the spawn: even a child that is dead already keeps its place in /proc until it is waited for. */
function identityOf({ pid }: SpawnedProcess, uuid: string): Identity {
  return { pid, startTime: readStat(pid)?.startTime ?? 0, uuid };
}

/**
 * `wait=on`: QEMU takes the connection that waits already before it makes the monitor. Taken later, by the main loop while the monitor's
 * thread arms the same socket, commands get lost or mixed (one start in a thousand of QEMU 7.2 on a busy host).
 */
function ownArguments(request: LaunchRequest): string[] {
  const monitorDescriptor = FIRST_DESCRIPTOR + request.extraDescriptors.length;
  const chardev = `socket,id=charmonitor,fd=${monitorDescriptor},server=on,wait=on`;
  return ['-pidfile', join(request.directory, PID_FILE), '-chardev', chardev, '-mon', 'chardev=charmonitor,id=monitor,mode=control'];
}

/** A bug of the caller, not a fault of the host: an argv that adoption could not recognise, or two monitors. */
function checkArgv(argv: readonly string[], uuid: string): void {
  const at = argv.indexOf('-uuid');
  if (at < 0 || argv[at + 1] !== uuid) throw new Error(`the command line does not carry -uuid ${uuid}`);
  if (argv.includes('-pidfile') || argv.includes('-mon')) throw new Error('the command line already has a monitor or a pid file');
}

/** Leftovers of an earlier run go, but never those of a QEMU that still runs. */
function prepareDirectory(owner: Owner): void {
  const { directory } = owner;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const pid = pidIn(readOrAbsent(join(directory, PID_FILE)));
  if (pid !== undefined && identify(pid, owner).type === 'ours') throw new LaunchFailed(`process ${pid} of this domain still runs`);
  for (const name of [MONITOR_SOCKET, PID_FILE]) rmSync(join(directory, name), { force: true });
}

/** Undefined when the file is absent or holds no pid, as in the moment between its creation and its content. */
export async function readPidFile(directory: string): Promise<number | undefined> {
  return pidIn(await readFile(join(directory, PID_FILE), 'utf8').catch(() => undefined));
}

function pidIn(text = ''): number | undefined {
  return /^[1-9]\d*\s*$/.test(text) ? Number(text) : undefined;
}

async function connectTo(child: SpawnedProcess, request: LaunchRequest): Promise<Monitor> {
  const exited = new AbortController();
  void child.ended.then(() => exited.abort());
  try {
    const timeoutMs = request.timeoutMs ?? TIMEOUT_MS;
    return await Monitor.connect(join(request.directory, MONITOR_SOCKET), { timeoutMs, signal: exited.signal });
  } catch (cause) {
    throw await notConnected(child, exited.signal, request, cause);
  }
}

async function notConnected(child: SpawnedProcess, exited: AbortSignal, request: LaunchRequest, cause: unknown): Promise<LaunchFailed> {
  if (!exited.aborted && !(cause instanceof CommandTimeout)) await Promise.race([child.ended, sleep(EXIT_MS, undefined, { ref: false })]);
  const alone = exited.aborted;
  if (!alone) process.kill(child.pid, 'SIGKILL');
  const words = await lastWords(request.logFile);
  const detail = alone
    ? 'process exited while connecting to monitor'
    : `cannot connect to the monitor of ${request.name}: ${wordsOf(cause)}`;
  return new LaunchFailed(`${detail}${withWords(words)}`, words, { cause });
}

function withWords(words: string): string {
  return words === '' ? '' : `: ${words}`;
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
