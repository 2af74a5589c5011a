import { noLog } from '@virtbus/messaging';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
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
    await expect(KeptServer.start(directory, noLog, 0)).rejects.toThrow('no disk');
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
    const server = await KeptServer.start(directory, noLog, port);
    expect(Number(new URL(server.url).port)).not.toBe(port);
    await server.stop();
    holder.close();

    const usual = await KeptServer.start(directory, noLog, port);
    expect(Number(new URL(usual.url).port)).toBe(port);
    await usual.stop();
  } finally {
    holder.close();
    await rm(directory, { recursive: true, force: true });
  }
});
