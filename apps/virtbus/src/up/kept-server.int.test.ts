import { noLog } from '@virtbus/messaging';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KeptServer } from './kept-server.js';

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
