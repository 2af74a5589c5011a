import { connect } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { endWithTest, recordedLog } from '@virtbus/testing';
import { pbkdf2 } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PortTaken, startNatsServer, type NatsServerOptions, type RunningNatsServer } from '../index.js';
import { findNatsServer, knowsSyncInterval, versionOf } from './binary.js';

let directory: string;
let servers: RunningNatsServer[] = [];

const start = async (options: Partial<NatsServerOptions> = {}): Promise<RunningNatsServer> => {
  const server = await startNatsServer({ directory, ...options });
  servers.push(server);
  endWithTest(server.pid, directory);
  return server;
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'virtbus-server-'));
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
  await rm(directory, { recursive: true, force: true });
});

/** A program that is called nats-server but is something else. */
async function imposter(script: string): Promise<Record<string, string>> {
  const folder = join(directory, 'bin');
  await mkdir(folder);
  await writeFile(join(folder, 'nats-server'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'nats-server'), 0o755);
  return { NATS_SERVER: join(folder, 'nats-server') };
}

describe('a server cannot be started', () => {
  test('when none is installed: the error names the Debian package', async () => {
    const missing = findNatsServer({ PATH: directory });
    // Where one is installed in the system folder, it is found there.
    if (spawnSync('/usr/sbin/nats-server', ['--version']).status === 0) expect(await missing).toBe('/usr/sbin/nats-server');
    else await expect(missing).rejects.toThrow('Debian package "nats-server"');
  });

  test('when NATS_SERVER names nothing', async () => {
    await expect(findNatsServer({ NATS_SERVER: join(directory, 'nothing') })).rejects.toThrow('NATS_SERVER names');
  });

  test('when the program is something else', async () => {
    const { NATS_SERVER = '' } = await imposter('echo hello');
    await expect(versionOf(NATS_SERVER)).rejects.toThrow('answers "hello"');
  });

  test('when it ends at once, on a machine that is busy: nobody waits for it', async () => {
    Object.assign(process.env, await imposter('if [ "$1" = --version ]; then echo nats-server: v2.9.0; else exit 3; fi'));
    // What Node does with files waits its turn behind these.
    let busy = true;
    const keepBusy = (): void => pbkdf2('', '', 120_000, 64, 'sha512', () => void (busy && keepBusy()));
    for (let n = 0; n < 4; n += 1) keepBusy();
    const ends = Array.from({ length: 6 }, (_, n) => startNatsServer({ directory: join(directory, `${n}`) }).catch(String));
    expect(await Promise.all(ends)).toEqual(ends.map(() => expect.stringContaining('nats-server did not start')));
    busy = false;
    delete process.env['NATS_SERVER'];
  });

  test('when its port is taken: the error holds its last words', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const address = holder.address();
    const port = typeof address === 'object' ? address!.port : 0;
    const refused = startNatsServer({ directory, port });
    await expect(refused).rejects.toThrow(/did not start.*address already in use/);
    await expect(refused).rejects.toBeInstanceOf(PortTaken);
    holder.close();
  });
});

describe('a started server', () => {
  test('listens on the loopback only, with JetStream, behind a file that only its owner reads', async () => {
    const { url, pid, adopted } = await start();
    expect(url).toMatch(/^nats:\/\/127\.0\.0\.1:\d+$/);
    expect(adopted).toBe(false);
    expect((await stat(join(directory, 'nats-server.conf'))).mode & 0o777).toBe(0o600);
    expect(execFileSync('ss', ['-Hltnp']).toString()).toMatch(new RegExp(`127\\.0\\.0\\.1:${new URL(url).port}\\s.*pid=${pid}`));
    const nc = await connect({ servers: url });
    expect(nc.info?.max_payload).toBe(4 * 1024 * 1024);
    expect((await (await jetstreamManager(nc)).getAccountInfo()).streams).toBe(0);
    await nc.close();
  });

  test('writes through to the disk what it acknowledges', async () => {
    const { url, version } = await start();
    const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
    if (knowsSyncInterval({ text: version, major: Number(major), minor: Number(minor) })) {
      expect(await readFile(join(directory, 'nats-server.conf'), 'utf8')).toContain('sync_interval: always');
      return;
    }
    const nc = await connect({ servers: url });
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: 'S', subjects: ['s'] });
    await nc.request('s', 'x');
    await nc.close();
    const listed = execFileSync('lsattr', ['-R', join(directory, 'store')]).toString();
    const blocks = listed.split('\n').filter((line) => line.endsWith('.blk'));
    expect(blocks.length).toBeGreaterThan(0);
    for (const line of blocks) expect(line).toMatch(/^\S*S/);
  });

  test('says so when the file system cannot write through', async () => {
    const version = await versionOf(await findNatsServer());
    if (knowsSyncInterval(version)) return;
    // A file system in memory has no such attribute.
    const memory = await mkdtemp('/dev/shm/virtbus-server-');
    const log = recordedLog();
    try {
      const server = await startNatsServer({ directory: memory, log });
      await server.stop();
      expect(log.lines.join('\n')).toMatch(/not written through.*power failure/);
    } finally {
      await rm(memory, { recursive: true, force: true });
    }
  });

  test('is found by whoever starts it again, and ended by whoever stops it', async () => {
    const first = await start();
    const [second, third] = await Promise.all([start(), start()]);
    expect([second.pid, third.pid, second.url]).toEqual([first.pid, first.pid, first.url]);
    expect(second.adopted).toBe(true);
    await second.stop();
    await first.exited;
  });

  test('is started once when two start it at the same time', async () => {
    const both = await Promise.all([start(), start()]);
    expect(both[0].pid).toBe(both[1].pid);
    expect(both.filter(({ adopted }) => adopted)).toHaveLength(1);
  });

  test('keeps what it had when it is killed and started again, on the same port', async () => {
    const first = await start();
    const nc = await connect({ servers: first.url });
    await (await jetstreamManager(nc)).streams.add({ name: 'S', subjects: ['s'] });
    for (let turn = 0; turn < 10; turn += 1) await nc.request('s', String(turn));
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    const second = await start({ port: Number(new URL(first.url).port) });
    expect(second.adopted).toBe(false);
    expect(second.url).toBe(first.url);
    await nc.reconnect().catch(() => undefined);
    await nc.close();
    const again = await connect({ servers: second.url });
    expect((await (await jetstreamManager(again)).streams.info('S')).state.messages).toBe(10);
    await again.close();
  });

  test('outlives nobody by a pid file: a process that is something else by now is left alone', async () => {
    await writeFile(join(directory, 'nats-server.pid'), `${process.pid}\n`);
    const { adopted, pid } = await start();
    expect(adopted).toBe(false);
    expect(pid).not.toBe(process.pid);
  });

  test('has a session of its own: Ctrl-C does not reach it', async () => {
    const { pid } = await start();
    const session = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ')[3];
    expect(Number(session)).toBe(pid);
  });

  test('is sent no signal once it has ended: its number may be somebody else’s', async () => {
    const server = await start();
    process.kill(server.pid, 'SIGKILL');
    await server.exited;
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    server.kill();
    await server.stop();
    expect(kill).not.toHaveBeenCalled();
    kill.mockRestore();
  });

  test('may be stopped twice', async () => {
    const server = await start();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
  });
});
