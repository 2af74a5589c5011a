import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep } from '../wait.js';
import type { Places } from './config.js';

export interface Found {
  readonly url: string;
  readonly pid: number;
}

const LOOK_EVERY_MS = 5;
const WATCH_EVERY_MS = 250;

/** The server that runs on this directory, if there is one. A pid file of a process that is something else by now is none. */
export async function findRunning(places: Places): Promise<Found | undefined> {
  const pid = Number.parseInt(await textOf(places.pid), 10);
  if (!Number.isSafeInteger(pid) || !(await isServer(pid, places))) return undefined;
  const url = await urlOf(pid, places);
  return url === undefined ? undefined : { pid, url };
}

async function isServer(pid: number, { config }: Places): Promise<boolean> {
  const command = await textOf(`/proc/${pid}/cmdline`);
  // A zombie has no command line any more.
  return command.split('\0').includes(config);
}

/** Where the server listens, as it says once it does. */
export async function urlOf(pid: number, { ports }: Places): Promise<string | undefined> {
  const name = (await readdir(ports)).find((file) => file.endsWith(`_${pid}.ports`));
  if (name === undefined) return undefined;
  const text = await textOf(join(ports, name));
  // The file is there before its text is.
  return text.endsWith('}') ? (JSON.parse(text) as { nats?: string[] }).nats?.[0] : undefined;
}

/** Waits until the server listens, or `ended` says that it never will. */
export async function whenListening(pid: number, places: Places, ended: AbortSignal): Promise<string> {
  for (;;) {
    ended.throwIfAborted();
    const url = await urlOf(pid, places);
    if (url !== undefined) return url;
    await sleep(LOOK_EVERY_MS, ended);
  }
}

/** Resolves when a server that is not a child of this process has ended. */
export async function whenGone(pid: number, places: Places): Promise<void> {
  while (await isServer(pid, places)) await new Promise((resolve) => setTimeout(resolve, WATCH_EVERY_MS).unref());
}

const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
