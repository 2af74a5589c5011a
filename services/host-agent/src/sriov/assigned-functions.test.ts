import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemError } from '@virtbus/libc';
import { Rtnetlink, type Transport } from '@virtbus/netlink';
import { SriovPeer, type PeerLink } from '@virtbus/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AssignedFunctions, type FunctionPlan } from './assigned-functions.js';
import { cardCases, planFor, rival, type CardUnderTest } from './conformance.js';
import { FunctionRecords } from './function-records.js';
import { PciDevices } from './pci-devices.js';
import { TestSysfs, type TestFunction } from './test-sysfs.js';

const zeros = '00:00:00:00:00:00';
const card = { address: '0000:03:00.0', dev: 'eth0' };
const vf = (number: number, group: number | 'none' = 10 + number): TestFunction => ({
  address: `0000:03:10.${number}`,
  dev: `eth0v${number}`,
  ...(group === 'none' ? {} : { group }),
});
const address = vf(0).address;

let sysfs: TestSysfs;
let links: PeerLink[];
let folder: string;
let warned: string[];
let pci: PciDevices;
let rtnetlink: Rtnetlink;
let functions: AssignedFunctions;

function open(peer: (transport: Transport) => Transport = (transport) => transport): AssignedFunctions {
  const warn = (message: string) => void warned.push(message);
  pci = new PciDevices(sysfs);
  rtnetlink = new Rtnetlink(peer(new SriovPeer(links, (errno) => new SystemError('recv', errno)).transport()));
  return new AssignedFunctions({ pci, rtnetlink, records: new FunctionRecords(folder, warn), warn });
}

function machine(vfs: readonly TestFunction[]): void {
  sysfs?.remove();
  sysfs = TestSysfs.make(card, vfs);
  functions = open();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbus-functions-'));
  warned = [];
  links = [
    { index: 3, name: 'eth0', mac: '00:1b:21:00:00:01', up: true, functions: [0, 1].map(() => ({ mac: zeros, vlan: 7, qos: 0 })) },
    { index: 4, name: 'eth0v0', mac: '00:1b:21:00:00:10', up: false, functions: [] },
    { index: 5, name: 'eth0v1', mac: '00:1b:21:00:00:11', up: false, functions: [] },
  ];
  machine([vf(0), vf(1)]);
});
afterEach(() => {
  sysfs.remove();
  rmSync(folder, { recursive: true });
});

const world = () => structuredClone([sysfs.state(), links]);
const underTest = (): CardUnderTest => ({ pci, rtnetlink, address, functions, again: () => open() });
const refused = (code: string, words: string) =>
  expect.objectContaining({ name: 'LinkError', code, message: expect.stringContaining(words) });
async function assigned(change: Partial<FunctionPlan> = {}) {
  const plan = planFor(address, change);
  const former = functions.prepare(plan);
  await functions.assign(plan, former);
  return { plan, former };
}

test.each(cardCases)('files and a peer in place of a card: $sentence', ({ holds }) => holds(underTest()));

describe('is refused, and nothing is changed:', () => {
  test.each<[string, () => void, Partial<FunctionPlan>, string, string]>([
    [
      "the kernel's own assignment",
      () => undefined,
      { driver: 'kvm' },
      'device_unsupported',
      "host doesn't support legacy PCI passthrough",
    ],
    ['assignment by Xen', () => undefined, { driver: 'xen' }, 'device_unsupported', 'xen'],
    [
      'a host without IOMMU',
      () => rmSync(sysfs.path('kernel/iommu_groups'), { recursive: true }),
      {},
      'device_unsupported',
      "host doesn't support passthrough of host PCI devices",
    ],
    [
      'a host without VFIO',
      () => rmSync(sysfs.path('dev/vfio/vfio')),
      { driver: 'vfio' },
      'device_unsupported',
      "host doesn't support VFIO PCI passthrough",
    ],
    ['a function in no IOMMU group', () => machine([vf(0, 'none'), vf(1)]), {}, 'device_unsupported', 'in no IOMMU group'],
    [
      'a physical function that is down',
      () => void (links[0]!.up = false),
      {},
      'device_offline',
      "VF 0 of PF 'eth0' because the PF is not online",
    ],
    [
      'a physical function without a link',
      () => rmSync(sysfs.path(`bus/pci/devices/${card.address}/net`), { recursive: true }),
      {},
      'device_offline',
      'PF',
    ],
    ['a function that its driver does not administer', () => void links[0]!.functions.splice(0), {}, 'device_missing', 'no VF 0'],
  ])('%s', (_, prepare, change, code, words) => {
    prepare();
    const before = world();
    expect(() => functions.prepare(planFor(address, change))).toThrow(refused(code, words));
    expect(world()).toEqual(before);
    expect(sysfs.orders).toEqual([]);
  });

  test('a function whose IOMMU group another domain is in; the same domain may have both', async () => {
    machine([vf(0, 10), vf(1, 10)]);
    await assigned();
    const other = vf(1).address;
    expect(() => functions.prepare(planFor(other, { owner: rival }))).toThrow(refused('device_busy', 'shares the IOMMU group'));
    expect(functions.prepare(planFor(other))).toMatchObject({ number: 1 });
  });

  test('a function whose record cannot be read', () => {
    writeFileSync(join(folder, `${address}.json`), '{');
    functions = open();
    expect(() => functions.prepare(planFor(address))).toThrow(refused('device_busy', 'domain unknown'));
    expect(warned.join()).toContain('is given to nobody');
  });
});

test('a host without the driver of VFIO gives the function back as it was', async () => {
  sysfs.knowsVfio = false;
  const before = world();
  const plan = planFor(address);
  await expect(functions.assign(plan, functions.prepare(plan))).rejects.toThrow(refused('system', 'vfio-pci'));
  expect(world()).toEqual(before);
});

test('a function that VFIO has already stays there afterwards', async () => {
  sysfs.bind(address, 'vfio-pci');
  const { former } = await assigned({ managed: false });
  await functions.giveBack(former);
  expect([sysfs.state()[address], sysfs.orders]).toEqual([expect.objectContaining({ driver: 'vfio-pci' }), []]);
  expect(links[0]!.functions[0]).toEqual({ mac: zeros, vlan: 7, qos: 0 });
});

test('a driver that refuses a MAC of zeros gets the one that means as much', async () => {
  const { former } = await assigned();
  links[0] = { ...links[0]!, refusedMacs: [zeros] };
  functions = open();
  await functions.giveBack(former);
  expect(links[0].functions[0]).toMatchObject({ mac: '02:00:00:00:00:00', vlan: 7 });
});

test("a function's own link has its MAC back", async () => {
  const { former } = await assigned();
  links[1] = { ...links[1]!, mac: '52:54:00:aa:bb:cc' };
  functions = open();
  await functions.giveBack(former);
  expect(links[1].mac).toBe('00:1b:21:00:00:10');
});

test('a card that is gone meanwhile is said, and the function is free', async () => {
  const { former } = await assigned();
  links.splice(0, 1);
  await functions.giveBack(former);
  expect(warned.join()).toContain('eth0 is gone');
  expect(() => open().prepare(planFor(address, { owner: rival }))).toThrow(refused('device_offline', 'PF'));
});

test('what somebody changed is put right, and said', async () => {
  const { plan, former } = await assigned({ vlan: 3 });
  links[0]!.functions[0] = { mac: '02:02:02:02:02:02', vlan: 9, qos: 0 };
  expect(functions.mend(plan, former)).toEqual([expect.stringContaining('MAC 02:02:02:02:02:02 and VLAN 9')]);
  expect(links[0]!.functions[0]).toMatchObject({ mac: plan.mac, vlan: 3 });
});

describe('an agent that dies', () => {
  /** A peer that carries out so many requests, and then nothing more: the agent is dead. */
  const dying = (requests: number) => (transport: Transport) => ({
    ...transport,
    send: (bytes: Uint8Array) => {
      const isOrder = Buffer.from(bytes).readUInt16LE(4) === 19;
      if (isOrder && (requests -= 1) < 0) throw new Error('the agent is dead');
      transport.send(bytes);
    },
  });

  test.each([1, 2, 3])('before order %i about the driver: the next one makes all of it what it was', async (order) => {
    const before = world();
    const plan = planFor(address);
    const former = functions.prepare(plan);
    sysfs.deadFrom = order;
    await expect(functions.assign(plan, former)).rejects.toThrow('the agent is dead');
    sysfs.deadFrom = Number.POSITIVE_INFINITY;
    await open().giveBack(former);
    expect(world()).toEqual(before);
  });

  test('before the card is told of the guest', async () => {
    const before = world();
    functions = open(dying(0));
    const plan = planFor(address);
    const former = functions.prepare(plan);
    await expect(functions.assign(plan, former)).rejects.toThrow('the agent is dead');
    await open().giveBack(former);
    expect(world()).toEqual(before);
  });

  test.each([1, 2, 3])('at order %i of giving back: the next one goes on', async (order) => {
    const before = world();
    const { former } = await assigned();
    sysfs.deadFrom = sysfs.orders.length + order;
    await expect(functions.giveBack(former)).rejects.toThrow('the agent is dead');
    sysfs.deadFrom = Number.POSITIVE_INFINITY;
    await open().giveBack(former);
    expect(world()).toEqual(before);
  });
});

test('what the host has to lend', () => {
  expect(pci.physicalFunctions()).toEqual([
    {
      ...card,
      functions: [
        { address: '0000:03:10.0', number: 0, dev: 'eth0v0' },
        { address: '0000:03:10.1', number: 1, dev: 'eth0v1' },
      ],
    },
  ]);
  sysfs.bind(address, 'vfio-pci');
  expect(pci.physicalFunctions()[0]?.functions[0]).toEqual({ address, number: 0 });
});
