import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Demand, HostDevices, PoolDemand } from '@virtbus/contracts';
import type { Host } from './host.js';
import { place, unschedulableWords } from './place.js';

const demand: Demand = { type: 'qemu', arch: 'x86_64', memoryMiB: 1024, vcpus: 2 };

const host = (id: string, with_: Partial<Host> = {}): Host => ({
  id,
  alive: true,
  cordoned: false,
  arch: 'x86_64',
  kvm: false,
  emulator: '/usr/bin/qemu-system-x86_64',
  cpus: 1,
  memoryMiB: 4096,
  claims: [],
  ...with_,
});
const claimed = (memoryMiB: number, vcpus = 1) => ({
  claims: [{ uuid: '00000000-0000-0000-0000-000000000001', epoch: 1, demand: { ...demand, memoryMiB, vcpus } }],
});
const functions = (count: number, dev = 'pf0'): HostDevices => ({
  links: ['eth0', 'eth1'],
  physicalFunctions: [
    {
      dev,
      address: '0000:03:00.0',
      functions: Array.from({ length: count }, (_, number) => ({ address: `0000:03:10.${number}`, number, dev: `vf${number}` })),
    },
  ],
});
const lends = (count: number, more: Partial<PoolDemand> = { pf: 'pf0' }): Partial<Demand> => ({
  pools: [{ network: 'vfs', mode: 'hostdev', exclusive: true, count, ...more }],
});
const borrowed = (pools: Partial<Demand>) => ({
  claims: [{ uuid: '00000000-0000-0000-0000-000000000001', epoch: 1, demand: { ...demand, memoryMiB: 1, ...pools } }],
});
const reasons = (...pairs: [string, string][]) => pairs.map(([hostId, reason]) => ({ hostId, reason }));

describe('place', () => {
  test.each<[string, Host[], string]>([
    ['takes the only host that fits', [host('a')], 'a'],
    ['spreads: the emptier host wins', [host('a', claimed(1024)), host('b')], 'b'],
    ['fills a host to the last MiB', [host('a', claimed(3072))], 'a'],
    ['fills a host to the last vcpu', [host('a', claimed(1, 2))], 'a'],
    ['breaks ties by host id', [host('b'), host('a')], 'a'],
    ['weighs memory over vcpus', [host('a', claimed(2048, 0)), host('b', claimed(1, 2))], 'b'],
    ['passes over what cannot hold it', [host('a', { cordoned: true }), host('b', claimed(3000))], 'b'],
  ])('%s', (_, hosts, hostId) => expect(place(demand, hosts)).toEqual({ type: 'placed', hostId }));

  test.each<[string, Partial<Demand>, Host[], string]>([
    [
      'the host that has the last free function',
      lends(1),
      [host('a', borrowed(lends(2))), host('b', borrowed(lends(1)))].map((h) => ({ ...h, devices: functions(2) })),
      'b',
    ],
    [
      'a shared link, however many share it',
      lends(9, { mode: 'vepa', exclusive: false, links: ['eth1'] }),
      [host('a'), host('b', { devices: functions(0) })],
      'b',
    ],
    [
      'the host that has the volumes of its disks',
      {
        sites: [
          { pool: 'p', volume: 'v', hostIds: ['a', 'b'] },
          { pool: 'p', volume: 'w', hostIds: ['b'] },
        ],
      },
      [host('a'), host('b', claimed(3000)), host('c')],
      'b',
    ],
    [
      'the host that has the device which an interface names',
      { devices: ['eth1'] },
      [host('a'), host('b', { devices: functions(0), ...claimed(3000) })],
      'b',
    ],
    [
      'and the one that has the function',
      { devices: ['0000:03:10.1'] },
      [host('a'), host('b', { devices: functions(2), ...claimed(3000) })],
      'b',
    ],
    ['any host when none says that it has the device', { devices: ['eth9'] }, [host('b'), host('a')], 'a'],
  ])('devices: %s', (_, wants, hosts, hostId) => expect(place({ ...demand, ...wants }, hosts)).toEqual({ type: 'placed', hostId }));

  test.each<[string, Partial<Demand>, Host[], { hostId: string; reason: string }[]]>([
    ['an empty fleet', {}, [], []],
    ['a silent host', {}, [host('a', { alive: false })], reasons(['a', 'host_silent'])],
    ['a cordoned host', {}, [host('a', { cordoned: true })], reasons(['a', 'host_cordoned'])],
    ['another architecture', {}, [host('a', { arch: 'aarch64' })], reasons(['a', 'arch_mismatch'])],
    ['no KVM', { type: 'kvm' }, [host('a')], reasons(['a', 'kvm_unusable'])],
    ['one MiB too few', {}, [host('a', claimed(3073))], reasons(['a', 'memory_insufficient'])],
    ['one vcpu too few', {}, [host('a', claimed(1, 3))], reasons(['a', 'vcpus_insufficient'])],
    [
      'the first reason of each host',
      {},
      [host('a', { alive: false, cordoned: true }), host('b', { arch: 'riscv64', memoryMiB: 1 })],
      reasons(['a', 'host_silent'], ['b', 'arch_mismatch']),
    ],
    [
      'hosts that lack a volume',
      { sites: [{ pool: 'p', volume: 'v', hostIds: ['c'] }] },
      [host('a'), host('b')],
      reasons(['a', 'volume_absent'], ['b', 'volume_absent']),
    ],
    ['a host that says nothing of its devices', lends(1), [host('a')], reasons(['a', 'pool_exhausted'])],
    ['a host with another card', lends(1), [host('a', { devices: functions(2, 'pf1') })], reasons(['a', 'pool_exhausted'])],
    ['one function too few', lends(3), [host('a', { devices: functions(2) })], reasons(['a', 'pool_exhausted'])],
    [
      'functions that another network lends too, and has lent',
      lends(1, { network: 'listed', addresses: ['0000:03:10.1'] }),
      [host('a', { devices: functions(2), ...borrowed(lends(1)) })],
      reasons(['a', 'pool_exhausted']),
    ],
    [
      'a shared link that is lent exclusively',
      { pools: [{ network: 'mv', mode: 'vepa', exclusive: false, count: 1, links: ['eth0'] }] },
      [
        host('a', {
          devices: functions(0),
          ...borrowed({ pools: [{ network: 'pt', mode: 'passthrough', exclusive: true, count: 1, links: ['eth0'] }] }),
        }),
      ],
      reasons(['a', 'pool_exhausted']),
    ],
  ])('refuses %s and says why', (_, wants, hosts, expected) => {
    expect(place({ ...demand, ...wants }, hosts)).toEqual({
      type: 'unschedulable',
      rejections: expected.map((each) => expect.objectContaining(each)),
    });
  });

  const arbHost = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    alive: fc.boolean(),
    cordoned: fc.boolean(),
    kvm: fc.boolean(),
    cpus: fc.integer({ min: 1, max: 2 }),
    memoryMiB: fc.constantFrom(0, 1023, 1024, 1025, 2048),
    vcpusClaimed: fc.integer({ min: 0, max: 8 }),
  });
  const arbHosts = fc
    .uniqueArray(arbHost, { selector: (h) => h.id })
    .map((hosts) => hosts.map(({ vcpusClaimed, ...rest }) => host(rest.id, { ...rest, ...claimed(0, vcpusClaimed) })));
  const arbDemand = fc.record({
    type: fc.constantFrom('kvm' as const, 'qemu' as const),
    memoryMiB: fc.constantFrom(1, 1024),
    vcpus: fc.integer({ min: 1, max: 4 }),
  });

  test('a placed domain fits its host, and one is placed whenever some host could hold it', () => {
    fc.assert(
      fc.property(arbHosts, arbDemand, (hosts, wants) => {
        const asked = { ...demand, ...wants };
        const answer = place(asked, hosts);
        // Written out again, not imported: 4 guest processors to a host processor.
        const able = hosts
          .filter((h) => h.alive && !h.cordoned && (asked.type === 'qemu' || h.kvm))
          .filter((h) => h.memoryMiB >= asked.memoryMiB && h.cpus * 4 - h.claims[0]!.demand.vcpus >= asked.vcpus)
          .map((h) => h.id);
        if (answer.type === 'placed') expect(able).toContain(answer.hostId);
        else expect([able, answer.rejections.length]).toEqual([[], hosts.length]);
      }),
    );
  });

  test('the order of hosts does not matter', () => {
    fc.assert(
      fc.property(arbHosts, (hosts) => {
        expect(place(demand, hosts.toReversed())).toEqual(place(demand, hosts));
      }),
    );
  });
});

test('the words name each host and its reason', () => {
  expect(unschedulableWords('demo', [{ hostId: 'a', reason: 'host_cordoned', words: 'it is cordoned' }])).toBe(
    "operation failed: no host can hold domain 'demo': a: it is cordoned",
  );
  expect(unschedulableWords('demo', [])).toContain('the fleet has no host');
});
