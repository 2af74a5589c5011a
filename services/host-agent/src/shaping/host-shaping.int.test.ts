import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shapePlanOf, type FloorPlan } from '../core/shape-plan.js';
import { testHost, type TestHost } from '../links/test-host.js';
import { guestOn, type TestMachine } from '../links/test-network.js';
import { HostShaping } from './host-shaping.js';
import { carried } from './test-traffic.js';

const KILO = 1000;
/** HTB and TCP's headers leave a little, a burst gives a little. */
const within = (rate: number, kilobytes: number): void => {
  expect(rate).toBeGreaterThan(kilobytes * KILO * 0.8);
  expect(rate).toBeLessThan(kilobytes * KILO * 1.15);
};

let host: TestHost;
let shaping: HostShaping;
let guest: TestMachine & { readonly link: string };
let other: TestMachine & { readonly link: string };

beforeAll(() => {
  host = testHost();
  host.run('ip', 'link', 'add', 'br0', 'up', 'type', 'bridge');
  host.run('ip', 'addr', 'add', '10.78.0.1/24', 'dev', 'br0');
  guest = guestOn(host, 'br0', '10.78.0.2/24');
  other = guestOn(host, 'br0', '10.78.0.3/24');
  shaping = HostShaping.open(host.options.netns);
});
afterAll(async () => {
  await shaping.close();
  guest.remove();
  other.remove();
  await host.remove();
});

const inward = (): Promise<number> => carried(other.netns, guest.netns, '10.78.0.2');
const outward = (): Promise<number> => carried(guest.netns, other.netns, '10.78.0.3');
const qdiscs = (): string => host.run('tc', 'qdisc', 'show', 'dev', guest.link);
const shapers = (): string => host.run('ip', '-o', 'link', 'show', 'type', 'ifb');

describe('a link', () => {
  const plan = shapePlanOf({ inbound: { average: 400, burst: 16 }, outbound: { average: 200, burst: 16 } });

  test('carries as much as it is given, each way', async () => {
    expect(await inward()).toBeGreaterThan(2_000 * KILO);
    await shaping.shape(guest.link, plan);
    within(await inward(), 400);
    within(await outward(), 200);
    expect(shaping.differences(guest.link, plan)).toEqual([]);
  });

  test('is shaped anew in place, and shaping it again changes nothing', async () => {
    const faster = shapePlanOf({ inbound: { average: 800, peak: 900, burst: 16 }, outbound: { average: 500, burst: 16 } });
    const before = qdiscs();
    expect(shaping.differences(guest.link, faster)).toHaveLength(2);
    await shaping.shape(guest.link, faster);
    await shaping.shape(guest.link, faster);
    expect(qdiscs()).toBe(before);
    expect(shaping.differences(guest.link, faster)).toEqual([]);
    within(await outward(), 500);
  });

  test.each<[string, () => void]>([
    ['the root is deleted', () => host.run('tc', 'qdisc', 'del', 'dev', guest.link, 'root')],
    ['the ingress is deleted', () => host.run('tc', 'qdisc', 'del', 'dev', guest.link, 'ingress')],
    [
      'a class is changed',
      () => host.run('tc', 'class', 'change', 'dev', guest.link, 'parent', '1:', 'classid', '1:1', 'htb', 'rate', '1kbps'),
    ],
  ])('notices when %s behind its back, and puts it right', async (_, meddle) => {
    await shaping.shape(guest.link, plan);
    meddle();
    expect(shaping.differences(guest.link, plan)).toHaveLength(1);
    await shaping.shape(guest.link, plan);
    expect(shaping.differences(guest.link, plan)).toEqual([]);
  });

  test('is left without a trace', async () => {
    await shaping.unshape(guest.link);
    await shaping.unshape(guest.link);
    expect([qdiscs(), shapers()].join('')).not.toMatch(/htb|ingress|ifb/);
    await shaping.unshape('gone');
    await expect(shaping.shape('gone', plan)).rejects.toMatchObject({ name: 'LinkError', code: 'tap_missing' });
  });

  test('is shaped one way only', async () => {
    await shaping.shape(guest.link, shapePlanOf({ inbound: { average: 300 } }));
    await shaping.shape(guest.link, shapePlanOf({ outbound: { average: 300 } }));
    expect(qdiscs()).toMatch(/ingress/);
    expect(qdiscs()).not.toMatch(/htb/);
    await shaping.unshape(guest.link);
  });
});

describe('a bridge', () => {
  const macOf = (machine: TestMachine): string => machine.run('cat', '/sys/class/net/eth0/address').trim();
  const floor = (): FloorPlan => ({ minor: 3, mac: macOf(guest), rate: 600 * KILO, quantum: 1 });

  test('shares what it is given, and keeps a floor for whom it is promised', async () => {
    await shaping.shapeBridge('br0', shapePlanOf({ inbound: { average: 1000, burst: 16 } }));
    shaping.addFloor('br0', floor());
    shaping.addFloor('br0', floor());
    expect(shaping.hasFloor('br0', floor())).toBe(true);
    const rates = await Promise.all([carried(host.netns, guest.netns, '10.78.0.2', 3), carried(host.netns, other.netns, '10.78.0.3', 3)]);
    within(rates[0], 600);
    within(rates[1], 400);
  });

  test('is shaped anew with its floors in place', async () => {
    await shaping.shapeBridge('br0', shapePlanOf({ inbound: { average: 2000, burst: 16 } }));
    expect(shaping.hasFloor('br0', floor())).toBe(true);
    const classes = host.run('tc', 'class', 'show', 'dev', 'br0');
    expect(classes).toMatch(/1:2 parent 1:1 .*rate 11200Kbit ceil 16Mbit/);
  });

  test('gives a floor back to the others', async () => {
    shaping.removeFloor('br0', 3);
    shaping.removeFloor('br0', 3);
    const classes = host.run('tc', 'class', 'show', 'dev', 'br0');
    expect(classes).toMatch(/1:2 parent 1:1 .*rate 16Mbit ceil 16Mbit/);
    expect(shaping.hasFloor('br0', floor())).toBe(false);
    await shaping.shapeBridge('br0', {});
    expect(host.run('tc', 'qdisc', 'show', 'dev', 'br0')).not.toMatch(/htb/);
    expect(() => shaping.addFloor('br0', floor())).toThrow('not shaped');
  });
});
