import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DnsmasqFiles } from '../core/dnsmasq-files.js';
import { findProcess, readCommandLine, readStat } from '../qemu/proc.js';
import { readIfPresent } from './dnsmasq-state.js';
import { LinkError } from './link-error.js';

/** A process that was once seen to be the network's dnsmasq. */
export interface DnsmasqProcess {
  readonly pid: number;
  /** Clock ticks from boot to its start: another process with the same pid has another one. */
  readonly startTime: number;
}

const pollMs = 10;
const terminateMs = 2_000;
const killMs = 2_000;

/** The dnsmasq that runs on these files, by its pid file; among all processes when that is lost but a record tells of one. */
export async function findDnsmasq(files: DnsmasqFiles): Promise<DnsmasqProcess | undefined> {
  const pid = Number(await readIfPresent(files.pidFile));
  const byFile = Number.isInteger(pid) && pid > 0 ? identified(pid, files) : undefined;
  if (byFile || (await readIfPresent(files.recordFile)) === undefined) return byFile;
  const other = await findProcess((argv) => runsOn(argv, files));
  return other === undefined ? undefined : identified(other, files);
}

function identified(pid: number, files: DnsmasqFiles): DnsmasqProcess | undefined {
  const stat = readStat(pid);
  const argv = readCommandLine(pid);
  if (!stat || isDead(stat.state) || !argv || !runsOn(argv, files)) return undefined;
  return { pid, startTime: stat.startTime };
}

const runsOn = ([program = '', ...args]: readonly string[], { configFile }: DnsmasqFiles): boolean =>
  basename(program) === 'dnsmasq' && args.includes(`--conf-file=${configFile}`);

const isDead = (state: string): boolean => state === 'Z' || state === 'X';

function stillRuns({ pid, startTime }: DnsmasqProcess): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.startTime === startTime && !isDead(stat.state);
}

/** Answers false when the process is gone; another one with its pid is never signalled. */
export function signalDnsmasq(dnsmasq: DnsmasqProcess, signal: 'SIGHUP' | 'SIGTERM' | 'SIGKILL'): boolean {
  return stillRuns(dnsmasq) && process.kill(dnsmasq.pid, signal);
}

/** SIGTERM, and SIGKILL after two seconds. @throws LinkError when it survives that too */
export async function stopDnsmasq(dnsmasq: DnsmasqProcess): Promise<void> {
  signalDnsmasq(dnsmasq, 'SIGTERM');
  if (await hasEnded(dnsmasq, terminateMs)) return;
  signalDnsmasq(dnsmasq, 'SIGKILL');
  if (!(await hasEnded(dnsmasq, killMs))) throw new LinkError('dnsmasq_failed', `dnsmasq, pid ${dnsmasq.pid}, does not end`);
}

async function hasEnded(dnsmasq: DnsmasqProcess, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += pollMs) {
    if (!stillRuns(dnsmasq)) return true;
    await sleep(pollMs);
  }
  return !stillRuns(dnsmasq);
}
