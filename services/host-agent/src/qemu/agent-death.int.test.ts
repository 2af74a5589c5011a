import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findProcess, readStat } from './proc.js';
import { PID_FILE, type LaunchRequest } from './qemu.js';
import { localQemus } from './qemus.js';

const QEMU = process.env['VIRTBUS_QEMU'] ?? '/usr/bin/qemu-system-x86_64';
/** Beside the packages, so that the agent finds its native ones. */
const AGENT = join(import.meta.dirname, '../../../../.cache', `agent-${process.pid}.mjs`);

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'agent-'));
  const contents = `
    import { localQemus } from './qemus.js';
    const qemu = await localQemus.launch(JSON.parse(process.argv[2]));
    await qemu.monitor.execute('cont');
    console.log(qemu.pid);
    setInterval(() => {}, 1000);`;
  const stdin = { contents, resolveDir: import.meta.dirname, loader: 'ts' as const };
  await build({
    stdin,
    outfile: AGENT,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@virtbus/source'],
    external: ['koffi'],
  });
});

afterEach(async () => {
  const left = await findProcess((argv) => argv.includes(join(root, 'a', PID_FILE)));
  if (left !== undefined) process.kill(left, 'SIGKILL');
  await rm(AGENT, { force: true });
  await rm(root, { recursive: true, force: true });
});

test.each<[string, NodeJS.Signals]>([
  ['is killed', 'SIGKILL'],
  ['is interrupted', 'SIGINT'],
  ['is hung up', 'SIGHUP'],
])('a guest outlives an agent that %s, and the next one finds it running with the same pid', async (_, signal) => {
  const uuid = randomUUID();
  const directory = join(root, 'a');
  const logFile = join(root, 'a.log');
  const machine = ['-machine', 'pc', '-accel', 'tcg', '-m', '16', '-nodefaults', '-no-user-config', '-display', 'none', '-S'];
  const request: LaunchRequest = {
    binary: QEMU,
    argv: [...machine, '-uuid', uuid],
    name: 'a',
    uuid,
    directory,
    extraDescriptors: [],
    logFile,
  };
  const agent = spawn(process.execPath, [AGENT, JSON.stringify(request)], { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const [text] = (await once(agent.stdout, 'data')) as [Buffer];
  const pid = Number(text.toString());
  // To the whole group, as a terminal does it.
  process.kill(-agent.pid!, signal);
  await once(agent, 'exit');
  expect(readStat(pid)?.state).toMatch(/[RS]/);
  const answer = await localQemus.adopt({ directory, uuid, logFile });
  expect(answer).toMatchObject({ type: 'adopted', status: 'running', qemu: { pid } });
  if (answer.type === 'adopted') answer.qemu.release();
});
