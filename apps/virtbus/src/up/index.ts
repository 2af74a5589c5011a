/**
 * A fleet on this machine: a nats-server unless one is named, and the four services, in this process or each in its own.
 * Ending it ends the control plane; guests run on and are found again by the next start.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@virtbus/messaging';
import type { RestListening } from '@virtbus/api';
import { KeptServer } from './kept-server.js';
import { restOf } from './rest-address.js';
import { runSeparately } from './separate.js';
import { runTogether } from './together.js';
import { addressFile, defaultStateDirectory } from './state-directory.js';

export { NotStarted } from '@virtbus/messaging';

export interface UpOptions {
  readonly stateDir?: string | undefined;
  /** An external nats-server instead of a child. */
  readonly natsUrl?: string | undefined;
  readonly hostId?: string | undefined;
  /** One process per service, each started again when it ends. */
  readonly separate?: boolean | undefined;
  /** The network namespace that is this host's network, by name (`ip netns`). */
  readonly netns?: string | undefined;
  /** Where separate services write, as a file descriptor; this process's own output when absent. */
  readonly output?: number | undefined;
}

export interface Fleet {
  readonly url: string;
  /** Where REST is: `unix:/path`, `http://host:port`. */
  readonly rest: readonly string[];
  /** The socket of libvirt's clients. */
  readonly rpc: string | undefined;
  /** Process ids by program, for those that have one of their own. */
  pidOf(program: string): number | undefined;
  stop(): Promise<void>;
}

export interface FleetPlace {
  readonly stateDir: string;
  readonly url: string;
  /** Where the gateway is to serve REST. */
  readonly rest: RestListening;
  readonly hostId: string | undefined;
  readonly netns: string | undefined;
  readonly output: number | undefined;
  readonly log: Log;
}

export const consoleLog: Log = {
  log: (message) => console.log(message),
  warn: (message) => console.warn(`warning: ${message}`),
  error: (message, cause) => console.error(`error: ${message}`, ...(cause === undefined ? [] : [cause])),
};

/** Starts a fleet and answers once it takes commands. */
export async function startFleet(options: UpOptions, log: Log = consoleLog): Promise<Fleet> {
  const stateDir = options.stateDir ?? defaultStateDirectory(process.env, process.getuid?.() ?? 0);
  await mkdir(stateDir, { recursive: true, mode: 0o711 });
  const rest = await restOf({ ...process.env, VIRTBUS_STATE_DIR: stateDir });
  const { url, server } = await serverFor(options, stateDir, log);
  const place = { stateDir, url, rest, hostId: options.hostId, netns: options.netns, output: options.output, log };
  const services = await (options.separate ? runSeparately(place) : runTogether(place)).catch(async (cause: unknown) => {
    await server?.stop();
    throw cause;
  });
  await tell(addressFile(stateDir), `${url}\n`);
  return {
    url,
    rest: services.rest,
    rpc: services.rpc,
    pidOf: (program) => (program === 'nats-server' ? server?.pid : services.pidOf(program)),
    stop: async () => {
      await rm(addressFile(stateDir), { force: true });
      await services.stop();
      await server?.stop();
    },
  };
}

/** Whole or not at all: others wait for the file and read it at once. */
async function tell(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o644 });
  await rename(`${file}.new`, file);
}

async function serverFor({ natsUrl }: UpOptions, stateDir: string, log: Log): Promise<{ url: string; server?: KeptServer }> {
  const given = natsUrl ?? process.env['VIRTBUS_NATS_URL'];
  if (given !== undefined && given !== '') return { url: given };
  const server = await KeptServer.start(join(stateDir, 'nats'), log);
  return { url: server.url, server };
}

/** `virtbus up`: until SIGINT or SIGTERM. @returns the exit status */
export async function runUp(options: UpOptions): Promise<number> {
  const fleet = await startFleet(options);
  console.log(`virtbus is up: ${fleet.url}`);
  for (const address of fleet.rest)
    console.log(`REST: ${address}${address.startsWith('http') ? ` (with a token; ${address}/docs describes it)` : ''}`);
  if (fleet.rpc !== undefined) console.log(`libvirt: virsh -c 'qemu:///system?socket=${fleet.rpc}'`);
  console.log(`try 'virtbus hosts', 'virtbus define FILE', 'virtbus start NAME'; Ctrl-C ends the control plane, guests run on`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await fleet.stop();
  return 0;
}
