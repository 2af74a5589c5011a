import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BridgePlan, FirewallPlan } from '../core/link-plan.js';
import { firewallTable } from '../core/nft-rules.js';
import { bridgePlan } from './conformance/case.js';
import type { HostLinks } from './host-links.js';
import { testHost, type TestHost } from './test-host.js';
import { guestOn, outsideOf, type TestMachine } from './test-network.js';

const fixtures = join(import.meta.dirname, '../core/fixtures/nft');
const names = readdirSync(fixtures).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []));
const planOf = (name: string) => JSON.parse(readFileSync(join(fixtures, `${name}.json`), 'utf8')) as FirewallPlan;

let host: TestHost;
let links: HostLinks;
let machines: TestMachine[];
beforeEach(async () => {
  host = testHost();
  links = await host.open();
  machines = [];
});
afterEach(async () => {
  try {
    for (const machine of machines) machine.remove();
  } finally {
    await host.remove();
  }
});

const tables = () => host.run('nft', 'list', 'tables').trim().split('\n').filter(Boolean);
const on = <T extends TestMachine>(machine: T): T => (machines.push(machine), machine);

describe('the rules', () => {
  test.each(names)('of %s are taken by nft, twice, and removed', async (name) => {
    const plan = planOf(name);
    await links.ensureFirewall(plan);
    const listed = host.run('nft', 'list', 'ruleset');
    await links.ensureFirewall(plan);
    expect(host.run('nft', 'list', 'ruleset')).toBe(listed);
    expect(tables()).toEqual(plan.mode === 'open' ? [] : [`table inet ${firewallTable(plan.bridge)}`]);
    await links.removeFirewall(plan.bridge);
    expect(tables()).toEqual([]);
  });

  test('of every network stand side by side, and those of others are left alone', async () => {
    host.run('nft', 'add table inet mine; add chain inet mine c; add table inet virtbus_other');
    const before = tables();
    const plan = planOf('nat-default');
    await links.ensureFirewall({ ...plan, bridge: 'a' });
    await links.ensureFirewall({ ...plan, bridge: 'b' });
    await links.removeFirewall('a');
    expect(tables()).toEqual([...before, 'table inet virtbus_b']);
  });

  test('of an open network are none, whatever was before', async () => {
    await links.ensureFirewall(planOf('nat-default'));
    await links.ensureFirewall({ ...planOf('nat-default'), mode: 'open' });
    expect(tables()).toEqual([]);
  });

  test('that nft does not take leave the old ones, and its words are told', async () => {
    await links.ensureFirewall(planOf('nat-default'));
    const before = host.run('nft', 'list', 'ruleset');
    const bad = { ...planOf('nat-default'), addresses: [{ family: 'ipv4', address: '999.1.1.1', prefix: 24 }] } as const;
    const failure: unknown = await links.ensureFirewall(bad).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: 'LinkError',
      code: 'firewall_failed',
      libvirtCode: 1,
      message: expect.stringContaining('999.1.1.1'),
    });
    expect(host.run('nft', 'list', 'ruleset')).toBe(before);
  });

  test('cannot be made without nft, and that is told', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = '/nowhere';
    try {
      await expect(links.ensureFirewall(planOf('nat-default'))).rejects.toThrow(/nft ended with missing: spawn nft ENOENT/);
    } finally {
      process.env['PATH'] = path;
    }
  });
});

/** Who reaches whom, all at once: what is not answered takes a second. */
const reach = (...pairs: readonly (readonly [TestMachine, string])[]): Promise<boolean[]> =>
  Promise.all(pairs.map(([machine, address]) => machine.reaches(address)));

/** A network of its own number: bridge `br-N`, 10.77.N.1/24 and fd00:77:N::1/64. */
async function network(number: number, firewall: Pick<FirewallPlan, 'mode'> & Partial<FirewallPlan>): Promise<string> {
  const addresses = [
    { family: 'ipv4', address: `10.77.${number}.1`, prefix: 24 },
    { family: 'ipv6', address: `fd00:77:${number}::1`, prefix: 64 },
  ] as const;
  const plan: Partial<BridgePlan> = { name: `br-${number}`, mac: `52:54:00:00:00:0${number}`, addresses };
  await links.ensureFirewall({ bridge: `br-${number}`, addresses, ...firewall });
  await links.ensureBridge(bridgePlan({ ...plan, forwarding: { ipv4: true, ipv6: true } }));
  return `br-${number}`;
}

const guest = (number: number, last: number): TestMachine =>
  on(guestOn(host, `br-${number}`, `10.77.${number}.${last}/24`, `10.77.${number}.1`));

/** Answers every connection with the address that it came from. */
function whoAmI(machine: TestMachine, port: number): Promise<void> {
  const script = `require('net').createServer((c) => c.end(c.remoteAddress + ' ' + c.remotePort)).listen(${port}, '0.0.0.0', () => console.log('ready'))`;
  const name = machine.run('ip', 'netns', 'identify').trim();
  const server = spawn('ip', ['netns', 'exec', name, process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  machines.push({ ...machine, remove: () => void server.kill() });
  machines.reverse();
  return new Promise((resolve) => server.stdout.once('data', () => resolve()));
}

const ask = (machine: TestMachine, address: string, port: number): string => machine.run('busybox', 'nc', '-w', '2', address, String(port));

describe('packets', () => {
  test('of an isolated network stay in it', async () => {
    const outside = on(outsideOf(host, '198.51.100.1/24', '198.51.100.2/24'));
    outside.run('ip', 'route', 'add', '10.77.0.0/16', 'via', '198.51.100.1');
    await network(1, { mode: 'none' });
    await network(2, { mode: 'none' });
    const [first, second, other] = [guest(1, 2), guest(1, 3), guest(2, 2)];
    expect(await reach([first, '10.77.1.3'], [first, '10.77.1.1'], [second, '10.77.1.2'])).toEqual([true, true, true]);
    expect(await reach([first, '198.51.100.2'], [outside, '10.77.1.2'], [first, '10.77.2.2'], [other, '10.77.1.3'])).toEqual([
      false,
      false,
      false,
      false,
    ]);
    await links.removeFirewall('br-1');
    expect(await first.reaches('198.51.100.2')).toBe(true);
  });

  test('of a NAT network go out under the address of the host, and only answers come in', async () => {
    const outside = on(outsideOf(host, '198.51.100.1/24', '198.51.100.2/24'));
    await network(1, { mode: 'nat' });
    await network(2, { mode: 'none' });
    const [inside, isolated] = [guest(1, 2), guest(2, 2)];
    await whoAmI(outside, 7000);
    expect(await inside.reaches('198.51.100.2')).toBe(true);
    const [address, port] = ask(inside, '198.51.100.2', 7000).split(' ');
    expect(address).toBe('198.51.100.1');
    expect(Number(port)).toBeGreaterThanOrEqual(1024);
    outside.run('ip', 'route', 'add', '10.77.0.0/16', 'via', '198.51.100.1');
    expect(await reach([outside, '10.77.1.2'], [isolated, '10.77.1.2'], [inside, '10.77.2.2'])).toEqual([false, false, false]);
  });

  test('of a NAT network take an address and port of the ranges that were asked for', async () => {
    const outside = on(outsideOf(host, '198.51.100.1/24', '198.51.100.2/24'));
    await network(1, {
      mode: 'nat',
      nat: { addresses: { start: '198.51.100.77', end: '198.51.100.77' }, ports: { start: 500, end: 510 } },
    });
    const inside = guest(1, 2);
    await whoAmI(outside, 7000);
    outside.run('ip', 'route', 'add', '198.51.100.77', 'via', '198.51.100.1');
    const [address, port] = ask(inside, '198.51.100.2', 7000).split(' ');
    expect(address).toBe('198.51.100.77');
    expect(Number(port)).toBeGreaterThanOrEqual(500);
    expect(Number(port)).toBeLessThanOrEqual(510);
  });

  test('of a network that is bound to one device pass no other', async () => {
    const near = on(outsideOf(host, '198.51.100.1/24', '198.51.100.2/24'));
    on(outsideOf(host, '203.0.113.1/24', '203.0.113.2/24'));
    await network(1, { mode: 'nat', forwardDevice: near.link });
    const inside = guest(1, 2);
    expect(await reach([inside, '198.51.100.2'], [inside, '203.0.113.2'])).toEqual([true, false]);
  });

  test('of a routed network keep their address, and come in from outside', async () => {
    const outside = on(outsideOf(host, '198.51.100.1/24', '198.51.100.2/24'));
    outside.run('ip', 'route', 'add', '10.77.0.0/16', 'via', '198.51.100.1');
    await network(1, { mode: 'route' });
    await network(2, { mode: 'route' });
    const [inside, other] = [guest(1, 2), guest(2, 2)];
    await whoAmI(outside, 7000);
    expect(ask(inside, '198.51.100.2', 7000)).toMatch(/^10\.77\.1\.2 /);
    expect(await reach([outside, '10.77.1.2'], [other, '10.77.1.2'], [inside, '10.77.2.2'])).toEqual([true, true, true]);
    inside.run('ip', 'addr', 'add', '172.31.0.9/32', 'dev', 'eth0');
    outside.run('ip', 'route', 'add', '172.31.0.9', 'via', '198.51.100.1');
    host.run('ip', 'route', 'add', '172.31.0.9', 'dev', 'br-1');
    expect(await outside.reaches('172.31.0.9')).toBe(false);
  });

  test('from a NAT network reach a routed one', async () => {
    await network(1, { mode: 'nat' });
    await network(2, { mode: 'route' });
    const [inside, routed] = [guest(1, 2), guest(2, 2)];
    expect(await reach([inside, '10.77.2.2'], [routed, '10.77.1.2'])).toEqual([true, false]);
  });

  test('of IPv6 are routed, or translated when that is asked for', async () => {
    const outside = on(outsideOf(host, '2001:db8:9::1/64', '2001:db8:9::2/64'));
    outside.run('ip', 'route', 'add', 'fd00:77:2::/48', 'via', '2001:db8:9::1');
    await network(1, { mode: 'nat', nat: { ipv6: true } });
    await network(2, { mode: 'nat' });
    await network(3, { mode: 'none' });
    const guests = [1, 2, 3].map((number) => on(guestOn(host, `br-${number}`, `fd00:77:${number}::2/64`, `fd00:77:${number}::1`)));
    // The far end is found once duplicate address detection is through, which takes a second or two.
    await vi.waitFor(
      async () => expect(await reach(...guests.map((machine) => [machine, '2001:db8:9::2'] as const))).toEqual([true, true, false]),
      { timeout: 15_000, interval: 200 },
    );
    expect(await reach([outside, 'fd00:77:1::2'], [outside, 'fd00:77:2::2'], [outside, 'fd00:77:3::2'])).toEqual([false, true, false]);
  });

  test('of others are not touched', async () => {
    const [near, far] = [
      on(outsideOf(host, '198.51.100.1/24', '198.51.100.2/24')),
      on(outsideOf(host, '203.0.113.1/24', '203.0.113.2/24')),
    ];
    near.run('ip', 'route', 'add', 'default', 'via', '198.51.100.1');
    far.run('ip', 'route', 'add', 'default', 'via', '203.0.113.1');
    await network(1, { mode: 'nat' });
    await network(2, { mode: 'none' });
    await whoAmI(far, 7000);
    expect(ask(near, '203.0.113.2', 7000)).toMatch(/^198\.51\.100\.2 /);
  });
});
