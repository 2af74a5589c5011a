import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as contracts from '@virtbus/contracts';
import { guestXml, labXml, nic } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

const mac = '52:54:00:00:0d:01';
/** Unlike a tap it stays when its guest has died. */
const macvtap = `<interface type='direct'><mac address='52:54:00:00:0d:02'/><source dev='up0' mode='bridge'/><model type='virtio'/></interface>`;
let fleet: TestFleet;
let log = '';

beforeAll(async () => {
  fleet = await TestFleet.start({ separate: true });
  log = join(fleet.stateDir, 'guest.log');
  await fleet.bus.run(contracts.defineNetwork, { xml: labXml });
  await fleet.bus.run(contracts.startNetwork, { network: 'lab' });
  fleet.inHost('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up0-wire');
  const devices = `<serial type='file'><source path='${log}'/></serial>`;
  const xml = guestXml({ name: 'steady', interfaces: nic(mac) + macvtap, ping: '10.7.0.1', devices }).replace(`<serial type='pty'/>`, '');
  await fleet.bus.run(contracts.defineDomain, { xml });
  await fleet.bus.run(contracts.startDomain, { domain: 'steady' });
  await vi.waitFor(async () => expect((await pings()).replies).toBeGreaterThan(3), { timeout: 60_000, interval: 200 });
}, 120_000);
afterAll(() => fleet?.stop());

async function pings(): Promise<{ replies: number; lost: number }> {
  const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line.startsWith('virtbus-guest: ping'));
  const first = lines.findIndex((line) => line.includes('time='));
  const counted = first < 0 ? [] : lines.slice(first);
  return {
    replies: counted.filter((line) => line.includes('time=')).length,
    lost: counted.filter((line) => !line.includes('time=')).length,
  };
}
const steady = () => fleet.bus.request(contracts.getDomain, { domain: 'steady' }, { timeoutMs: 2_000 });
const patience = { timeout: 30_000, interval: 100 };

/** Kills a program and waits until it has another process. */
async function kill(program: string): Promise<void> {
  const pid = fleet.fleet.pidOf(program) ?? 0;
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(() => expect([undefined, pid]).not.toContain(fleet.fleet.pidOf(program)), patience);
}

test.each(['host-agent', 'netd', 'scheduler', 'api', 'nats-server'])(
  'kill -9 of %s costs the guest nothing, and orders are obeyed again',
  async (program) => {
    const before = { ...(await pings()), ...(await steady()) };
    await kill(program);
    await vi.waitFor(async () => {
      await fleet.bus.run(contracts.suspendDomain, { domain: 'steady' }, { timeoutMs: 5_000 });
      await fleet.bus.run(contracts.resumeDomain, { domain: 'steady' }, { timeoutMs: 5_000 });
    }, patience);
    await vi.waitFor(async () => expect((await pings()).replies).toBeGreaterThan(before.replies + 3), patience);
    // Who answers questions may be the one who was killed.
    const after = await vi.waitFor(steady, patience);
    expect(after).toMatchObject({ state: 'running', pid: before.pid, id: before.id });
    expect((await pings()).lost).toBe(before.lost);
    expect(fleet.inHost('bridge', 'fdb', 'show', 'br', 'virbr0')).toContain(`${mac} dev vnet0`);
  },
);

test('a guest that ends while no host-agent runs is taken away by the next one', async () => {
  const { pid = 0 } = await steady();
  const agent = fleet.fleet.pidOf('host-agent') ?? 0;
  process.kill(agent, 'SIGSTOP');
  process.kill(pid, 'SIGKILL');
  process.kill(agent, 'SIGKILL');
  await vi.waitFor(async () => expect(await steady()).toMatchObject({ state: 'shutoff', reason: 'crashed', interfaces: [] }), patience);
  await vi.waitFor(async () => expect((await fleet.bus.request(contracts.listHosts, {})).hosts).toMatchObject([{ domains: 0 }]), patience);
  for (const kind of ['tun', 'macvtap']) expect([kind, fleet.inHost('ip', '-br', 'link', 'show', 'type', kind)]).toEqual([kind, '']);
});

test('tap names go on above where they were', async () => {
  await fleet.bus.run(contracts.startDomain, { domain: 'steady' });
  const [plugged] = (await steady()).interfaces;
  expect(Number(plugged?.target?.replace('vnet', ''))).toBeGreaterThan(0);
  await fleet.bus.run(contracts.destroyDomain, { domain: 'steady' });
});
