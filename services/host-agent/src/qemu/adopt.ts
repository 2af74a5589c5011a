import { join } from 'node:path';
import { ConnectFailed, Monitor } from '@virtbus/qmp';
import { belongsTo, identify, stillRuns, type Identified } from './identity.js';
import { readPidFile } from './launch.js';
import { lastWords } from './log.js';
import { findProcess, processes, readStat } from './proc.js';
import { MONITOR_SOCKET, type Adoption, type AdoptRequest, type GoneReason, type Identity, type UnresponsiveReason } from './qemu.js';
import { MonitoredQemu, WatchedQemu } from './watched-qemu.js';

const TIMEOUT_MS = 5_000;

/** Finds a domain's QEMU again after a restart of the agent, and speaks to it. Never signals anything. */
export async function adopt(request: AdoptRequest): Promise<Adoption> {
  const found = await find(request);
  if (found.type === 'gone') return gone(request, found.reason);
  const { identity } = found;
  if (isStopped(identity)) return unresponsive(request, identity, 'stopped');
  try {
    return await speakTo(request, identity);
  } catch (cause) {
    return notAnswered(request, identity, cause);
  }
}

/** The domains whose QEMU runs, on record or not: those on whose command line the uuid goes with this agent's directory for it. */
export async function uuidsOfAll(directoryOf: (uuid: string) => string): Promise<string[]> {
  const uuids = new Set<string>();
  for await (const { argv } of processes()) {
    const uuid = argv[argv.indexOf('-uuid') + 1];
    if (uuid !== undefined && belongsTo(argv, { uuid, directory: directoryOf(uuid) })) uuids.add(uuid);
  }
  return [...uuids];
}

/**
 * The journal's pid first, then the pid file's, which QEMU itself has written, then a search: between its start and its pid file a
 * QEMU is known by its command line alone. The first reason stands when none of them is ours.
 */
async function find(request: AdoptRequest): Promise<Identified> {
  const candidates: (() => Promise<number | undefined>)[] = [
    () => readPidFile(request.directory),
    () => findProcess((argv) => belongsTo(argv, request)),
  ];
  let first = request.pid === undefined ? undefined : identify(request.pid, request, request.startTime);
  for (const candidate of candidates) {
    if (first?.type === 'ours') break;
    const pid = await candidate();
    const found = pid === undefined ? undefined : identify(pid, request);
    if (found?.type === 'ours') return found;
    first ??= found;
  }
  return first ?? { type: 'gone', reason: 'no_pid' };
}

async function speakTo(request: AdoptRequest, identity: Identity): Promise<Adoption> {
  const timeoutMs = request.timeoutMs ?? TIMEOUT_MS;
  const monitor = await Monitor.connect(join(request.directory, MONITOR_SOCKET), { timeoutMs });
  const qemu = new MonitoredQemu({ identity, logFile: request.logFile, monitor });
  try {
    const { status } = await monitor.execute('query-status', {}, { timeoutMs });
    return { type: 'adopted', qemu, status };
  } catch (cause) {
    qemu.release();
    throw new FellSilent('query-status was not answered', { cause });
  }
}

/** It greeted, and then did not answer. */
class FellSilent extends Error {
  override readonly name = 'FellSilent';
}

async function notAnswered(request: AdoptRequest, identity: Identity, cause: unknown): Promise<Adoption> {
  if (!stillRuns(identity)) return gone(request, 'no_process');
  if (isStopped(identity)) return unresponsive(request, identity, 'stopped');
  return unresponsive(request, identity, reasonOf(cause));
}

function reasonOf(cause: unknown): UnresponsiveReason {
  if (cause instanceof FellSilent) return 'no_answer';
  const nobodyListens = cause instanceof ConnectFailed && codeOf(cause.cause) !== 'EAGAIN';
  return nobodyListens ? 'no_socket' : 'no_greeting';
}

function unresponsive(request: AdoptRequest, identity: Identity, reason: UnresponsiveReason): Adoption {
  return { type: 'unresponsive', reason, process: new WatchedQemu({ identity, logFile: request.logFile }) };
}

async function gone(request: AdoptRequest, reason: GoneReason): Promise<Adoption> {
  return { type: 'gone', reason, lastWords: await lastWords(request.logFile) };
}

function isStopped({ pid }: Identity): boolean {
  const state = readStat(pid)?.state;
  return state === 'T' || state === 't';
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}
