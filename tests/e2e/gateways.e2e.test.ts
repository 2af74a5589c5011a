/** Services in processes of their own, and a gateway that joins them over TCP. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startApi, type RunningApi } from '@virtbus/api';
import { createVolume, definePool, deleteVolume, hostFacts, startPool } from '@virtbus/contracts';
import { remoteProcedures as remote, RpcClient } from '@virtbus/libvirt-rpc';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { connectFleet } from '../../apps/virtbus/src/cli/connect-fleet.js';
import { FakeSurroundings } from '../../apps/virtbus/src/cli/fake/fake-surroundings.js';
import { runCommandLine } from '../../apps/virtbus/src/cli/run.js';
import { guestXml } from './guest-definitions.js';
import { quiet, TestFleet } from './test-fleet.js';

let fleet: TestFleet;
let joined: RunningApi;
const before = process.env['VIRTBUS_REST_LISTEN'];
const shell = new FakeSurroundings();

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

beforeAll(async () => {
  process.env['VIRTBUS_REST_LISTEN'] = `127.0.0.1:${await freePort()}`;
  fleet = await TestFleet.start({ separate: true });
  joined = await startApi({ servers: fleet.fleet.url, signals: false, log: quiet, rpc: {}, rest: { tcp: { host: '127.0.0.1', port: 0 } } });
  shell.files.set('demo.xml', guestXml({ name: 'demo' }));
}, 120_000);
afterAll(async () => {
  process.env['VIRTBUS_REST_LISTEN'] = before ?? '';
  await joined?.close();
  await fleet?.stop();
});

async function run(...words: string[]): Promise<string> {
  Object.assign(shell, { written: '', complained: '' });
  const status = await runCommandLine(words, shell, connectFleet);
  return `${status} ${shell.written}${shell.complained}`;
}
const http = (addresses: readonly string[]): string => addresses.find((address) => address.startsWith('http:')) ?? '';

test('virtbus up --separate says where REST is over TCP, and a token of one gateway is good at each', async () => {
  const own = http(fleet.fleet.rest);
  expect(own).toBe(`http://${process.env['VIRTBUS_REST_LISTEN']}`);
  shell.environment['VIRTBUS_URL'] = fleet.fleet.rest.find((address) => address.startsWith('unix:')) ?? '';
  const [, token = ''] = /^0 (vbt_\S+)/.exec(await run('-q', 'token-create', 'ann', 'operator', '--grants', 'host-path')) ?? [];
  expect(token).not.toBe('');
  expect((await fetch(`${own}/v1/hosts`)).status).toBe(401);
  for (const url of [own, http(joined.rest)]) {
    const answer = await vi.waitFor(async () => {
      const response = await fetch(`${url}/v1/hosts`, { headers: { authorization: `Bearer ${token}` } });
      expect(response.status).toBe(200);
      return (await response.json()) as { hosts: { hostId: string }[] };
    });
    expect(answer.hosts.map(({ hostId }) => hostId)).toEqual(['host-a']);
  }
  Object.assign(shell.environment, { VIRTBUS_URL: `${own},${http(joined.rest)}`, VIRTBUS_TOKEN: token });
  expect(await run('-q', 'define', 'demo.xml')).toMatch(/^0 /);
});

test('a gateway that is killed is missed by nobody who knows two', async () => {
  process.kill(fleet.fleet.pidOf('api') ?? 0, 'SIGKILL');
  expect(await run('-q', 'list', '--all', '--name')).toBe('0 demo\n');
  expect(await run('-q', 'start', 'demo')).toMatch(/^0 /);
  expect(await run('-q', 'domstate', 'demo')).toBe('0 running\n');
  expect(await run('-q', 'destroy', 'demo')).toMatch(/^0 /);
  expect(await run('-q', 'undefine', 'demo')).toMatch(/^0 /);
}, 60_000);

describe('an upload through a gateway that is killed half-way', () => {
  const MiB = 2 ** 20;
  const [SIZE, CUT] = [64 * MiB, 8 * MiB] as const;
  const piece = Buffer.alloc(256 * 1024, 'new-');
  const at = '/v1/pools/images/volumes/disk/content';
  let clients: RpcClient[] = [];
  afterEach(() => {
    for (const client of clients) client.close();
    clients = [];
  });

  /** The supervisor has it back by itself. */
  const kill = (): void => void process.kill(fleet.fleet.pidOf('api') ?? 0, 'SIGKILL');
  const throughTheOther = (path: string, more: RequestInit = {}): Promise<Response> =>
    fetch(`${http(joined.rest)}${path}`, {
      ...more,
      headers: { authorization: `Bearer ${token()}`, 'content-type': 'application/octet-stream' },
    });
  const held = async (): Promise<Buffer> => readFile(join(fleet.stateDir, 'images', 'disk'));
  const token = (): string => shell.environment['VIRTBUS_TOKEN'] ?? '';

  beforeAll(async () => {
    await fleet.bus.run(definePool, {
      xml: `<pool type='dir'><name>images</name><target><path>${join(fleet.stateDir, 'images')}</path></target></pool>`,
    });
    await fleet.bus.run(startPool, { pool: 'images', build: 'new' });
    const xml = `<volume><name>disk</name><capacity>${SIZE}</capacity><allocation>0</allocation><target><format type='raw'/></target></volume>`;
    await fleet.bus.run(createVolume, { pool: 'images', xml });
  });

  test('ends with an error for libvirt’s client, leaves the volume free, and the other gateway serves at once', async () => {
    const client = await vi.waitFor(() => RpcClient.connect({ path: join(fleet.stateDir, 'libvirt-sock') }), { timeout: 30_000 });
    clients.push(client);
    await client.open('qemu:///system');
    const { pool } = await client.call(remote.storage_pool_lookup_by_name, { name: 'images' });
    const { vol } = await client.call(remote.storage_vol_lookup_by_name, { pool, name: 'disk' });
    const { stream } = await client.openStream(remote.storage_vol_upload, { vol, offset: 0n, length: 0n, flags: 0 });
    for (let sent = 0; sent < CUT; sent += piece.length) stream.send(piece);
    await vi.waitFor(async () => expect((await held()).includes('new-')).toBe(true), { timeout: 10_000 });
    kill();
    stream.send(piece);
    await expect(stream.read().next()).rejects.toThrow('the connection ended before the stream did');
    await expect(client.call(remote.connect_get_lib_version, {})).rejects.toThrow('the connection is closed');
    // Not a moment later: it is no more than was sent, and anybody may write to it, read it and remove it.
    const began = performance.now();
    const shown = (await (await throughTheOther('/v1/pools/images/volumes/disk')).json()) as { readonly capacity: number };
    expect([shown.capacity, (await held()).subarray(CUT + piece.length).every((byte) => byte === 0)]).toEqual([SIZE, true]);
    expect((await throughTheOther(`${at}?offset=0`, { method: 'PUT', body: 'again' })).status).toBe(200);
    expect(await (await throughTheOther(`${at}?offset=0&length=5`)).text()).toBe('again');
    expect(performance.now() - began).toBeLessThan(5_000);
  }, 60_000);

  test('goes on at the other gateway for the command line, and the volume has all of it', async () => {
    const whole = randomBytes(2 * CUT);
    const urls = [http(fleet.fleet.rest), http(joined.rest)];
    await vi.waitFor(async () => expect((await fetch(`${urls[0]}/v1/version`)).status).toBe(200), { timeout: 30_000 });
    const pieces = (async function* () {
      for (let from = 0; from < whole.length; from += piece.length) {
        if (from === CUT) kill();
        yield whole.subarray(from, from + piece.length);
      }
    })();
    const own = Object.assign(new FakeSurroundings(), {
      openSource: async () => ({ sizeBytes: whole.length, pieces, close: async () => undefined }),
    });
    Object.assign(own.environment, { VIRTBUS_URL: urls.join(), VIRTBUS_TOKEN: token() });
    const status = await runCommandLine(['-q', 'vol-upload', 'disk', 'file', '--pool', 'images'], own, connectFleet);
    expect([status, own.complained]).toEqual([0, '']);
    expect((await held()).subarray(0, whole.length).equals(whole)).toBe(true);
    await fleet.bus.run(deleteVolume, { pool: 'images', volume: 'disk' });
  }, 60_000);
});

test('a host-agent that is told to end says good-bye, in a process of its own, too', async () => {
  const seen: (string | undefined)[] = [];
  const view = await fleet.bus.bucket(hostFacts).view();
  view.onChange(({ entry }) => void seen.push(entry?.value.leftAt));
  process.kill(fleet.fleet.pidOf('host-agent') ?? 0, 'SIGTERM');
  // It is started again, and is back without anybody having waited for its silence.
  await vi.waitFor(() => expect(seen.findIndex((leftAt) => leftAt !== undefined)).toBeGreaterThan(-1), { timeout: 30_000 });
  await vi.waitFor(() => expect(seen.at(-1)).toBeUndefined(), { timeout: 30_000 });
  await view.close();
}, 90_000);
