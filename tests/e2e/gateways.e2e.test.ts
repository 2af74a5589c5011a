/** Services in processes of their own, and a gateway that joins them over TCP. */
import { createServer, type AddressInfo } from 'node:net';
import { startApi, type RunningApi } from '@virtbus/api';
import { hostFacts } from '@virtbus/contracts';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
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
