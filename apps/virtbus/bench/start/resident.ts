import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostFacts } from '@virtbus/contracts';
import { nodeFlags } from 'virtbus';
import { Bus, startNatsServer } from '@virtbus/messaging';

const KIB_PER_MIB = 1024;
const agent = resolve(import.meta.dirname, '../../../../services/host-agent/dist/main.bundle.mjs');
const quiet = { log: () => undefined, warn: () => undefined, error: () => undefined };

/** VmRSS of a process, in MiB. */
export async function residentOf(pid: number): Promise<number> {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / KIB_PER_MIB;
}

/** Processes that this one has started, and theirs. */
export async function childrenOf(pid: number): Promise<number[]> {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  return (await Promise.all(own.map(async (child) => [child, ...(await childrenOf(child))]))).flat();
}

/** `api/dist/main.bundle.mjs: 90 MiB at most`: VmHWM of a process. */
export async function peakOf(pid: number): Promise<string> {
  const [, kib = '0'] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
  const program = words.find((word) => word.endsWith('.mjs') || word.endsWith('main.js')) ?? words[0] ?? '';
  return `${program.split('/').slice(-3).join('/')}: ${Math.round(Number(kib) / KIB_PER_MIB)} MiB at most`;
}

/** What a host-agent takes that has come up, reported, and has nothing to do. */
export async function residentMiB(): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'vb-agent-'));
  const server = await startNatsServer({ directory: join(directory, 'nats'), log: quiet });
  const environment = { ...process.env, VIRTBUS_NATS_URL: server.url, VIRTBUS_STATE_DIR: directory, VIRTBUS_HOST_ID: 'lone' };
  const child = spawn(process.execPath, [...nodeFlags, agent], { stdio: 'ignore', env: environment });
  const bus = await Bus.connect({ servers: server.url, name: 'bench', owner: 'client', log: quiet });
  try {
    while (!(await bus.bucket(hostFacts).get({ hostId: 'lone' }))) await sleep(50);
    await sleep(1_000);
    return await residentOf(child.pid ?? 0);
  } finally {
    await bus.drain();
    const ended = new Promise((settle) => child.once('exit', settle));
    child.kill('SIGTERM');
    await ended;
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
