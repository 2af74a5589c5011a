import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HostPassts } from './passts.js';
import { testHost, type TestHost } from './test-host.js';

let host: TestHost;
let directory: string;
let passts: HostPassts;
beforeEach(() => {
  host = testHost();
  directory = mkdtempSync(join(tmpdir(), 'virtbus-passt-'));
  passts = new HostPassts(host.options.netns);
});
afterEach(async () => {
  await passts.stop(place());
  await host.remove();
  rmSync(directory, { recursive: true, force: true });
});

const place = () => ({ directory, alias: 'net0' });
const options = ['--tcp-ports', '2022:22'];
const pidFile = () => join(directory, 'passt-net0.pid');
const listening = () => host.run('ss', '-Htln').includes(':2022');

function connectHost(): void {
  host.run('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up0-wire');
  for (const link of ['up0', 'up0-wire']) host.run('ip', 'link', 'set', link, 'up');
  host.run('ip', 'address', 'add', '192.0.2.5/24', 'dev', 'up0');
  host.run('ip', 'route', 'add', 'default', 'via', '192.0.2.1');
}

test('it listens in the network of the host, and ends with its files, once or twice', async () => {
  connectHost();
  expect(passts.isInstalled()).toBe(true);
  const socket = await passts.start({ ...place(), options });
  expect([existsSync(socket), listening()]).toEqual([true, true]);
  await passts.stop(place());
  await passts.stop(place());
  expect([listening(), readdirSync(directory)]).toEqual([false, []]);
});

test('it ends by itself when who has connected lets go', async () => {
  connectHost();
  const socket = connect(await passts.start({ ...place(), options }));
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.destroy();
  await expect.poll(listening, { timeout: 10_000 }).toBe(false);
});

test('one that was left by an agent that died gives way to the next', async () => {
  connectHost();
  await passts.start({ ...place(), options });
  const before = readFileSync(pidFile(), 'utf8');
  await new HostPassts(host.options.netns).start({ ...place(), options });
  expect(readFileSync(pidFile(), 'utf8')).not.toBe(before);
});

test('what it cannot do is told in its words, and leaves nothing', async () => {
  const failed = passts.start({ ...place(), options: ['--no-such-option'] });
  await expect(failed).rejects.toMatchObject({
    name: 'LinkError',
    code: 'passt_failed',
    message: expect.stringContaining('no-such-option'),
  });
  expect(readdirSync(directory)).toEqual([]);
});

test('another process that has its pid now is left alone', async () => {
  writeFileSync(pidFile(), `${process.pid}\n`);
  await passts.stop(place());
  expect(existsSync(pidFile())).toBe(false);
});
