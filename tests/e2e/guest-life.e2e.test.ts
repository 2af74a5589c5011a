import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { Refusal } from '@virtbus/contracts';
import { Bus } from '@virtbus/messaging';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { startAgent } from './guest-agent.ts';
import { guestXml, labXml, nic } from './guest-definitions.js';
import { quiet, TestFleet } from './test-fleet.js';

const mac = { a: '52:54:00:00:0a:01', b: '52:54:00:00:0b:01' } as const;
let fleet: TestFleet;

beforeAll(async () => {
  fleet = await TestFleet.start();
  await fleet.bus.run(contracts.defineNetwork, { xml: labXml });
  await fleet.bus.run(contracts.startNetwork, { network: 'lab' });
}, 120_000);
afterAll(() => fleet?.stop());

const define = (xml: string) => fleet.bus.run(contracts.defineDomain, { xml });
const get = (domain: string) => fleet.bus.request(contracts.getDomain, { domain });
const refusal = (act: Promise<unknown>): Promise<Refusal> =>
  act.then(
    () => Promise.reject(new Error('nothing was refused')),
    (thrown: unknown) => (thrown instanceof Refusal ? thrown : Promise.reject(new Error('not a refusal', { cause: thrown }))),
  );
const nothingLeft = async () => {
  expect(fleet.inHost('ip', '-br', 'link', 'show', 'type', 'tun')).toBe('');
  expect((await fleet.bus.request(contracts.listHosts, {})).hosts).toMatchObject([{ domains: 0, memoryClaimedMiB: 0 }]);
};

describe('a guest', () => {
  test('starts, is plugged as its network says, and leaves nothing when it is destroyed', async () => {
    await define(guestXml({ name: 'a', interfaces: nic(mac.a) }));
    await fleet.bus.run(contracts.startDomain, { domain: 'a' });
    expect(await get('a')).toMatchObject({
      state: 'running',
      reason: 'booted',
      hostId: 'host-a',
      interfaces: [
        { alias: 'net0', mac: mac.a, target: 'vnet0', source: 'lab', port: { actual: { type: 'network', macTableManager: 'libvirt' } } },
      ],
    });
    const link = JSON.parse(fleet.inHost('ip', '-j', '-d', 'link', 'show', 'vnet0')) as readonly Record<string, unknown>[];
    expect(link).toMatchObject([
      {
        address: 'fe:54:00:00:0a:01',
        master: 'virbr0',
        linkinfo: { info_data: { type: 'tap', pi: false, vnet_hdr: true }, info_slave_data: { learning: false, flood: false } },
      },
    ]);
    expect(fleet.inHost('bridge', 'fdb', 'show', 'br', 'virbr0')).toContain(`${mac.a} dev vnet0 master virbr0 static`);
    const { xml } = await fleet.bus.request(contracts.getDomainXml, { domain: 'a' });
    expect(xml).toContain("bridge='virbr0' macTableManager='libvirt'/>");
    await fleet.bus.run(contracts.destroyDomain, { domain: 'a' });
    expect(await get('a')).toMatchObject({ state: 'shutoff', reason: 'destroyed', interfaces: [] });
    await vi.waitFor(nothingLeft, 5_000);
  });

  test('gets an address, answers ping, is suspended and resumed, and powers off by its button', async () => {
    await fleet.bus.run(contracts.startDomain, { domain: 'a' });
    const lease = await vi.waitFor(
      async () => {
        const { leases } = await fleet.bus.request(contracts.listLeases, { network: 'lab' });
        expect(leases).toMatchObject([{ mac: mac.a, hostname: 'a' }]);
        return leases[0];
      },
      { timeout: 30_000, interval: 200 },
    );
    await vi.waitFor(() => fleet.inHost('busybox', 'ping', '-c', '1', '-W', '1', lease?.address ?? ''), { timeout: 10_000, interval: 200 });
    await fleet.bus.run(contracts.suspendDomain, { domain: 'a' });
    expect(fleet.inHost('bridge', 'fdb', 'show', 'br', 'virbr0')).not.toContain(mac.a);
    expect(await get('a')).toMatchObject({ state: 'paused', reason: 'user' });
    await fleet.bus.run(contracts.resumeDomain, { domain: 'a' });
    expect(await get('a')).toMatchObject({ state: 'running', reason: 'unpaused' });
    await fleet.bus.run(contracts.shutdownDomain, { domain: 'a' });
    await vi.waitFor(async () => expect(await get('a')).toMatchObject({ state: 'shutoff', reason: 'shutdown' }), {
      timeout: 20_000,
      interval: 100,
    });
    await vi.waitFor(nothingLeft, 5_000);
  });
});

test('a guest goes down through its agent, or by its button while there is none', async () => {
  const devices = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>";
  const { uuid } = await define(guestXml({ name: 'g', devices }));
  await fleet.bus.run(contracts.startDomain, { domain: 'g', paused: true });
  const guest = await SerialConsole.connect(join(fleet.stateDir, 'host', 'run', uuid, 'serial0.sock'));
  await fleet.bus.run(contracts.resumeDomain, { domain: 'g' });
  await guest.waitFor(/virtbus-guest: ready g/, 60_000);
  expect(await refusal(fleet.bus.run(contracts.rebootDomain, { domain: 'g', mode: 'agent' }))).toMatchObject({
    code: 'agent_unresponsive',
    message: 'Guest agent is not responding: QEMU guest agent is not connected',
  });
  await startAgent(guest);
  const from = guest.text.length;
  await vi.waitFor(() => fleet.bus.run(contracts.rebootDomain, { domain: 'g', mode: 'agent' }), { timeout: 30_000, interval: 200 });
  // Reset by the guest itself: a press of its button would have had the host reset it once it is off.
  await guest.waitFor(/virtbus-guest: ready g/, 60_000, from);
  expect(guest.text.slice(from)).not.toContain('power button');
  await fleet.bus.run(contracts.shutdownDomain, { domain: 'g' });
  await guest.waitFor(/virtbus-guest: power button/, 20_000, from);
  guest.close();
  await vi.waitFor(async () => expect(await get('g')).toMatchObject({ state: 'shutoff', reason: 'shutdown' }), {
    timeout: 20_000,
    interval: 100,
  });
  await vi.waitFor(nothingLeft, 5_000);
  await fleet.bus.run(contracts.undefineDomain, { domain: 'g' });
});

describe('a start that cannot be', () => {
  test.each<[string, string, string, string]>([
    [
      'an unknown network',
      guestXml({ name: 'bad', interfaces: nic(mac.b, { network: 'nope' }) }),
      'no_network',
      "no network with matching name 'nope'",
    ],
    [
      'a missing kernel',
      guestXml({ name: 'bad', interfaces: nic(mac.b), kernel: '/nonexistent/vmlinuz' }),
      'qemu_failed',
      '/nonexistent/vmlinuz',
    ],
    ['too much memory', guestXml({ name: 'bad', memoryMiB: 10_000_000 }), 'unschedulable', 'host-a: '],
    ['a MAC twice on one network', guestXml({ name: 'bad', interfaces: nic(mac.b) + nic(mac.b) }), 'mac_in_use', mac.b],
    ['KVM where it does not work', guestXml({ name: 'bad' }).replace("type='qemu'", "type='kvm'"), 'config_unsupported', "virt type 'kvm'"],
    [
      'a tap name that exists',
      guestXml({ name: 'bad', interfaces: nic(mac.b, { extra: "<target dev='lo'/>" }) }),
      'operation_invalid',
      'a link named lo exists',
    ],
  ])('for %s says why and leaves nothing', async (_, xml, code, words) => {
    await define(xml);
    const refused = await refusal(fleet.bus.run(contracts.startDomain, { domain: 'bad' }));
    expect([refused.code, refused.message]).toEqual([code, expect.stringContaining(words)]);
    await vi.waitFor(nothingLeft, 5_000);
    await fleet.bus.run(contracts.undefineDomain, { domain: 'bad' });
  });

  test('because its scheduler died after placing it, until it was too late, holds no placement', async () => {
    const { uuid } = await define(guestXml({ name: 'late' }));
    const placement = { uuid, epoch: 1, hostId: 'host-a', commandId: 'lost' };
    const scheduler = await Bus.connect({ servers: fleet.fleet.url, name: 'test', owner: 'scheduler', log: quiet });
    await scheduler.bucket(contracts.placements).create({ uuid }, placement);
    await scheduler.drain();
    expect((await refusal(fleet.bus.run(contracts.startDomain, { domain: 'late' }))).code).toBe('operation_invalid');
    const past = { id: 'lost', deadline: new Date(Date.now() - 1_000) };
    expect((await refusal(fleet.bus.run(contracts.startDomain, { domain: 'late' }, past))).code).toBe('deadline_passed');
    await vi.waitFor(() => fleet.bus.run(contracts.startDomain, { domain: 'late' }), { timeout: 5_000, interval: 100 });
    await fleet.bus.run(contracts.destroyDomain, { domain: 'late' });
    await fleet.bus.run(contracts.undefineDomain, { domain: 'late' });
    await vi.waitFor(nothingLeft, 5_000);
  });

  test('of a domain that runs is refused', async () => {
    await fleet.bus.run(contracts.startDomain, { domain: 'a' });
    expect(await refusal(fleet.bus.run(contracts.startDomain, { domain: 'a' }))).toMatchObject({ code: 'operation_invalid', libvirt: 55 });
    await fleet.bus.run(contracts.destroyDomain, { domain: 'a' });
  });
});

test('a transient domain is gone when it stops, and when it cannot start', async () => {
  const xml = guestXml({ name: 'passing', interfaces: nic(mac.b) });
  await fleet.bus.run(contracts.createDomain, { xml });
  await fleet.bus.run(contracts.destroyDomain, { domain: 'passing' });
  await vi.waitFor(async () => expect((await refusal(get('passing'))).code).toBe('no_domain'), 5_000);
  await refusal(fleet.bus.run(contracts.createDomain, { xml: guestXml({ name: 'passing', kernel: '/nonexistent' }) }));
  await vi.waitFor(async () => expect((await refusal(get('passing'))).code).toBe('no_domain'), 5_000);
});

test('a stopped network takes bridge, dnsmasq and firewall along', async () => {
  expect(fleet.inHost('nft', 'list', 'tables')).not.toBe('');
  await fleet.bus.run(contracts.destroyNetwork, { network: 'lab' });
  await vi.waitFor(() => {
    expect(fleet.inHost('ip', '-br', 'link', 'show', 'type', 'bridge')).toBe('');
    expect([fleet.inHost('nft', 'list', 'tables'), fleet.hostProcesses()]).toEqual(['', []]);
  }, 10_000);
});
