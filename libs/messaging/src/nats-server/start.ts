/**
 * A nats-server with JetStream on local disk, as a child. It has a session of its own, so that Ctrl-C reaches the services
 * first; and whoever starts it again on the same directory gets the one that still runs.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, open, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noLog, type Log } from '../log.js';
import { findNatsServer, knowsSyncInterval, versionOf, type Version } from './binary.js';
import { configText, placesIn, type Places } from './config.js';
import { findRunning, whenGone, whenListening } from './running.js';
import { whileLocked } from './start-lock.js';
import { makeSynchronous } from './synchronous-store.js';

export interface NatsServerOptions {
  /** Holds the configuration, the store and the log; made when it is not there. */
  readonly directory: string;
  /** Default 0: any free one. */
  readonly port?: number;
  readonly log?: Log;
}

export interface RunningNatsServer {
  readonly url: string;
  readonly pid: number;
  readonly version: string;
  /** True when it was running already. */
  readonly adopted: boolean;
  /** Resolves when the server has ended, by whomever. */
  readonly exited: Promise<void>;
  /** Asks it to end and waits. Clients reconnect when it is started again. */
  stop(): Promise<void>;
  /** For one that does not listen any more. */
  kill(): void;
}

const KILL_AFTER_MS = 10_000;
/**
 * Go runs as many goroutines at once as this says, by default one for each processor, and one that waits for the disk counts until the
 * runtime notices. On a small machine a few synchronous writes are all that runs.
 */
const AT_ONCE = 16;
const LOG_TAIL_LINES = 5;

/** Somebody else listens on the port that was asked for. */
export class PortTaken extends Error {}

/** @throws PortTaken; Error that says what to install, or the server's own last words. */
export async function startNatsServer(options: NatsServerOptions): Promise<RunningNatsServer> {
  const { log = noLog, port = 0 } = options;
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const directory = await realpath(options.directory);
  const places = placesIn(directory);
  const binary = await findNatsServer();
  const version = await versionOf(binary);
  return whileLocked(directory, async () => {
    const found = await findRunning(places);
    if (found) return running({ ...found, version, adopted: true, exited: whenGone(found.pid, places) });
    await prepare({ places, port, version, log });
    return launch(binary, places, version);
  });
}

async function prepare({ places, port, version, log }: { places: Places; port: number; version: Version; log: Log }): Promise<void> {
  const syncAlways = knowsSyncInterval(version);
  if (!syncAlways) await makeSynchronous(places.store, log);
  const draft = `${places.config}.new`;
  await writeFile(draft, configText({ places, port, syncAlways }), { mode: 0o600 });
  await rename(draft, places.config);
  await forgetLast(places);
}

/** A server that was killed leaves its pid and ports behind. */
async function forgetLast(places: Places): Promise<void> {
  const old = (await readdir(places.ports)).filter((name) => name.endsWith('.ports'));
  await Promise.all([places.pid, ...old.map((name) => join(places.ports, name))].map((path) => rm(path, { force: true })));
}

async function launch(binary: string, places: Places, version: Version): Promise<RunningNatsServer> {
  const output = await open(places.log, 'a', 0o600);
  const env = { GOMAXPROCS: String(AT_ONCE), ...process.env };
  const child = spawn(binary, ['-c', places.config], { detached: true, stdio: ['ignore', output.fd, output.fd], env });
  const ended = new AbortController();
  // At once: one that has ended before somebody listens has ended unheard.
  const exited = whenExited(child, ended);
  await output.close();
  if (child.pid === undefined) await exited;
  try {
    const url = await whenListening(child.pid ?? 0, places, ended.signal);
    child.unref();
    return running({ url, pid: child.pid ?? 0, version, adopted: false, exited });
  } catch (cause) {
    const words = await lastWords(places.log);
    throw new (words.includes('address already in use') ? PortTaken : Error)(`nats-server did not start: ${words}`, { cause });
  }
}

function whenExited(child: ChildProcess, ended: AbortController): Promise<void> {
  return new Promise((resolve) => {
    const end = (why: string): void => {
      ended.abort(new Error(why));
      resolve();
    };
    child.once('exit', (code, signal) => end(`it ended with ${signal ?? code ?? 'nothing'}`));
    child.once('error', (cause) => end(cause.message));
  });
}

async function lastWords(log: string): Promise<string> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
  return lines.slice(-LOG_TAIL_LINES).join('; ');
}

interface Known {
  readonly url: string;
  readonly pid: number;
  readonly version: Version;
  readonly adopted: boolean;
  readonly exited: Promise<void>;
}

function running({ version, ...known }: Known): RunningNatsServer {
  let gone = false;
  void known.exited.then(() => {
    gone = true;
  });
  // Its number may be somebody else's by then: a guest's, for one.
  const signal = (name: NodeJS.Signals): boolean => !gone && send(known.pid, name);
  const stop = async (): Promise<void> => {
    if (!signal('SIGTERM')) return;
    const late = setTimeout(() => signal('SIGKILL'), KILL_AFTER_MS);
    await known.exited;
    clearTimeout(late);
  };
  return { ...known, version: version.text, stop, kill: () => void signal('SIGKILL') };
}

/** @returns false when there is nobody any more. */
function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
