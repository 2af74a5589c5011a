import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { startHostAgent } from '@virtbus/host-agent';
import { Bus } from '@virtbus/messaging';
import { guestXml } from './guest-definitions.js';
import { quiet, TestFleet } from './test-fleet.js';

const hostId = 'host-a';
let fleet: TestFleet;
let copy = '';
const guest = () => fleet.bus.request(contracts.getDomain, { domain: 'once' });
const runs = (pid = 0): boolean => process.kill(pid, 0);

beforeAll(async () => {
  fleet = await TestFleet.start();
  await fleet.bus.run(contracts.defineDomain, { xml: guestXml({ name: 'once', interfaces: '' }) });
  await fleet.bus.run(contracts.startDomain, { domain: 'once' });
  copy = await mkdtemp(join(tmpdir(), 'vbt-'));
  for (const part of ['host-id', 'host/domains']) await cp(join(fleet.stateDir, part), join(copy, part), { recursive: true });
}, 60_000);
afterAll(async () => {
  await fleet?.stop();
  await rm(copy, { recursive: true, force: true });
});

const another = (stateDir: string) =>
  startHostAgent({ servers: fleet.fleet.url, netns: fleet.netns, stateDir, signals: false, log: quiet });

test('a second host-agent on one state directory is refused', async () => {
  await expect(another(fleet.stateDir)).rejects.toThrow(`another host-agent runs on ${join(fleet.stateDir, 'host')}: end it first`);
});

/** A clone of the machine: it knows of the guest, and does not find its process. */
test('a copy of a host that runs is refused before it has said a word about guests', async () => {
  const before = await guest();
  const ended: unknown[] = [];
  const subscription = fleet.bus.subscribe('virtbus.v1.evt.domain.*.*', ({ subject }) => void ended.push(subject));
  await subscription.ready;
  await expect(another(copy)).rejects.toThrow(
    /another host-agent, on .* speaks for host 'host-a': give this one .* an id and a state directory/,
  );
  expect(await guest()).toEqual(before);
  expect(runs(before.pid)).toBe(true);
  expect(ended).toEqual([]);
  await subscription.close();
}, 30_000);

test('a host-agent that was taken for dead takes no orders beside the one that speaks for its host now', async () => {
  const { pid } = await guest();
  const thief = await Bus.connect({ servers: fleet.fleet.url, name: 'thief', owner: 'host-agent', hostId, log: quiet });
  const record = await thief.bucket(contracts.hostFacts).get({ hostId });
  const agent = { home: 'elsewhere', instance: 'another' };
  await thief.bucket(contracts.hostFacts).put({ hostId }, { ...contracts.hostFacts.example, ...record?.value, agent });
  await vi.waitFor(
    () =>
      expect(fleet.bus.request(contracts.readGuestAddresses, { uuid: '', source: 'lease' }, { tokens: { hostId } })).rejects.toMatchObject({
        code: 'host_unreachable',
      }),
    { timeout: 20_000, interval: 500 },
  );
  expect(runs(pid)).toBe(true);
  expect((await thief.bucket(contracts.hostFacts).get({ hostId }))?.value).toMatchObject({ agent });
  await thief.drain();
}, 40_000);
