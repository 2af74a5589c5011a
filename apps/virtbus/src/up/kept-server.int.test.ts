import { noLog } from '@virtbus/messaging';
import { recordedLog } from '@virtbus/testing';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { greets } from './greeting.js';
import { KeptServer } from './kept-server.js';

test('what else keeps a server from starting is said at once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'virtbus-kept-'));
  const tries = join(directory, 'tries');
  const program = join(directory, 'nats-server');
  await writeFile(
    program,
    `#!/bin/sh\n[ "$1" = --version ] && { echo 'nats-server: v2.9.10'; exit; }\necho try >> ${tries}\necho 'no disk'; exit 1\n`,
    { mode: 0o755 },
  );
  vi.stubEnv('NATS_SERVER', program);
  try {
    await expect(KeptServer.start(directory, noLog, { usual: 0 })).rejects.toThrow('no disk');
    expect(await readFile(tries, 'utf8')).toBe('try\n');
  } finally {
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true, force: true });
  }
});

test('a fleet whose usual port somebody has starts its server on another', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => holder.once('listening', resolve));
  const { port } = holder.address() as AddressInfo;
  const directory = await mkdtemp(join(tmpdir(), 'virtbus-kept-'));
  try {
    const server = await KeptServer.start(directory, noLog, { usual: port });
    expect(Number(new URL(server.url).port)).not.toBe(port);
    await server.stop();
    holder.close();

    const usual = await KeptServer.start(directory, noLog, { usual: port });
    expect(Number(new URL(usual.url).port)).toBe(port);
    await usual.stop();
  } finally {
    holder.close();
    await rm(directory, { recursive: true, force: true });
  }
});

test('a server that says nothing any more is ended, and another one started on its store and port', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'virtbus-kept-'));
  const log = recordedLog();
  const server = await KeptServer.start(directory, log, { usual: 0, watching: { everyMs: 150, times: 3 } });
  try {
    const { pid, url } = server;
    await sleep(800);
    expect(server.pid).toBe(pid);
    process.kill(pid, 'SIGSTOP');
    await expect.poll(() => server.pid, { timeout: 10_000 }).not.toBe(pid);
    expect(server.url).toBe(url);
    expect(await greets(url, 2_000)).toBe(true);
    expect(log.lines.join()).toContain(`nats-server (pid ${pid}) has said nothing for a while`);
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
