import { beforeEach, describe, expect, test } from 'vitest';
import { parseNetwork } from '@virtbus/libvirt-xml';
import { Refusal, type AllocatePorts, type NetworkRecord } from '@virtbus/contracts';
import { AddressBook } from './address-book.js';
import { DeviceBook } from './device-book.js';
import { MemoryDevices } from './memory-devices.js';
import { Floors } from './floors.runner.js';
import { MemoryFloorBooks } from './memory-floor-books.js';
import { MemoryLedger } from './memory-ledger.js';
import { OverlayBook } from './overlay-book.js';
import { PortRunner } from './port.runner.js';
import { MemoryAddresses, MemoryVnis } from './testing.js';

const networkUuid = '81ff0d90-c91e-6742-64da-4a736edb9a9b';
const [one, two] = ['c7a5fdbd-edaf-9455-926a-d65c16db1809', '11111111-2222-3333-4444-555555555555'] as const;
const functions = (count: number) => Array.from({ length: count }, (_, number) => ({ address: `0000:03:10.${number}`, number }));
const mac = (n: number) => `52:54:00:00:00:0${n}`;

const record = (name: string, more: Partial<NetworkRecord> = {}): NetworkRecord => ({
  uuid: networkUuid,
  name,
  xml: `<network><name>${name}</name><bridge name='virbr7' macTableManager='libvirt'/><mac address='52:54:00:aa:bb:cc'/><ip address='10.7.0.1' prefix='24'/></network>`,
  persistent: true,
  autostart: false,
  active: true,
  activation: 1,
  ...more,
});

let ledger: MemoryLedger;
let addresses: MemoryAddresses;
let devices: MemoryDevices;
let books: MemoryFloorBooks;
let said: string[];
let runner: PortRunner;
let now: number;
let byUuid: NetworkRecord | undefined;
const networks = new Map([
  ['lab', record('lab')],
  ['off', record('off', { active: false })],
  ['red', record('red', { project: 'red' })],
  [
    'shaped',
    record('shaped', {
      xml: `<network><name>shaped</name><bridge name='virbr8'/><mac address='52:54:00:aa:bb:cc'/><bandwidth><inbound average='1000'/></bandwidth><ip address='10.8.0.1' prefix='24'/></network>`,
    }),
  ],
  ['vfs', record('vfs', { xml: `<network><name>vfs</name><forward mode='hostdev' managed='yes'><pf dev='pf0'/></forward></network>` })],
]);

beforeEach(() => {
  let ids = 0;
  now = 0;
  byUuid = networks.get('shaped');
  ledger = new MemoryLedger();
  books = new MemoryFloorBooks();
  addresses = new MemoryAddresses(() => new Date(now));
  devices = new MemoryDevices({
    'host-a': { links: [], physicalFunctions: [{ dev: 'pf0', address: '0000:03:00.0', functions: functions(2) }] },
  });
  said = [];
  runner = new PortRunner(
    {
      named: async (name) => networks.get(name),
      namedFresh: async (name) => networks.get(name),
      byUuid: async () => byUuid,
      ownerOf: async () => ({ project: 'blue' }),
    },
    {
      ports: ledger,
      addresses: new AddressBook(addresses, () => new Date(now)),
      devices: new DeviceBook(devices, devices, () => new Date(now)),
      floors: new Floors(books),
      overlays: new OverlayBook(new MemoryVnis(), () => new Date(now)),
    },
    { allocated: (port) => said.push(`allocated ${port.mac}`), released: (port) => said.push(`released ${port.mac}`) },
    { now: () => new Date(now), newId: () => `4dd41997-8b1a-4f0e-9f0a-00000000000${(ids += 1)}` },
  );
});

const ask = (domain: string, epoch: number, ...ports: [string, number][]): AllocatePorts => ({
  domain,
  domainName: domain === one ? 'one' : 'two',
  hostId: 'host-a',
  epoch,
  ports: ports.map(([network, n]) => ({ network, mac: mac(n) })),
});
const refusal = async (answer: Promise<unknown>): Promise<Refusal> => {
  const thrown: unknown = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Refusal)) throw new Error('nothing was refused', { cause: thrown });
  return thrown;
};

describe('allocate', () => {
  test('answers each interface in order, and each network once', async () => {
    const answer = await runner.allocate(ask(one, 1, ['lab', 1], ['lab', 2]));
    expect(answer.ports.map((port) => [port.mac, port.actual.bridge, port.actual.macTableManager])).toEqual([
      [mac(1), 'virbr7', 'libvirt'],
      [mac(2), 'virbr7', 'libvirt'],
    ]);
    expect(answer.networks.map((network) => network.bridge)).toEqual(['virbr7']);
    expect(said).toEqual([`allocated ${mac(1)}`, `allocated ${mac(2)}`]);
  });

  test('asked again, gives the same ports and says nothing', async () => {
    const first = await runner.allocate(ask(one, 1, ['lab', 1]));
    said = [];
    expect(await runner.allocate(ask(one, 1, ['lab', 1]))).toEqual(first);
    expect(said).toEqual([]);
  });

  test('a newer placement takes over what the older one left', async () => {
    await runner.allocate(ask(one, 1, ['lab', 1]));
    await runner.allocate(ask(one, 2, ['lab', 1]));
    expect(ledger.known().map((port) => port.epoch)).toEqual([2]);
  });

  test.each<[string, AllocatePorts, string, string]>([
    ['a network that does not exist', ask(one, 1, ['nope', 1]), 'no_network', "no network with matching name 'nope'"],
    ['a network that is not active', ask(one, 1, ['off', 1]), 'operation_invalid', "network 'off' is not active"],
    ['a network of another project', ask(one, 1, ['lab', 1], ['red', 2]), 'no_network', "that the project 'blue' sees"],
    ['a MAC that another domain has', ask(one, 1, ['lab', 9]), 'mac_in_use', "by domain 'two'"],
    ['one MAC twice in one domain', ask(one, 1, ['lab', 1], ['lab', 1]), 'mac_in_use', 'two interfaces'],
    ['an order of an older placement', ask(two, 4, ['lab', 9]), 'stale_epoch', 'placed anew'],
    [
      "the MAC of the network's bridge",
      { ...ask(one, 1), ports: [{ network: 'lab', mac: '52:54:00:aa:bb:cc' }] },
      'mac_in_use',
      "that of the bridge of network 'lab'",
    ],
  ])('refuses %s', async (_, request, code, words) => {
    await runner.allocate(ask(two, 5, ['lab', 9]));
    const refused = await refusal(runner.allocate(request));
    expect([refused.code, refused.message]).toEqual([code, expect.stringContaining(words)]);
  });

  test('leaves nothing behind when one of several interfaces is refused', async () => {
    await runner.allocate(ask(two, 1, ['lab', 9]));
    await refusal(runner.allocate(ask(one, 1, ['lab', 1], ['lab', 9])));
    expect(ledger.known().map((port) => port.domain)).toEqual([two]);
  });

  test('of two domains that ask for one MAC at once, exactly one gets it', async () => {
    const answers = await Promise.allSettled([runner.allocate(ask(one, 1, ['lab', 1])), runner.allocate(ask(two, 1, ['lab', 1]))]);
    expect(answers.map((answer) => answer.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });
});

describe('release', () => {
  test('gives back what the domain has, once', async () => {
    await runner.allocate(ask(one, 1, ['lab', 1], ['lab', 2]));
    said = [];
    await runner.release({ domain: one, epoch: 1 });
    await runner.release({ domain: one, epoch: 1, ports: [{ networkUuid, mac: mac(1) }] });
    expect([ledger.known(), said]).toEqual([[], [`released ${mac(1)}`, `released ${mac(2)}`]]);
  });

  test.each<[string, { domain: string; epoch: number }]>([
    ['another domain', { domain: two, epoch: 9 }],
    ['an older placement', { domain: one, epoch: 1 }],
  ])('does not touch what is not of %s', async (_, owner) => {
    await runner.allocate(ask(one, 2, ['lab', 1]));
    await runner.release({ ...owner, ports: [{ networkUuid, mac: mac(1) }] });
    expect(ledger.known()).toHaveLength(1);
  });
});

describe('devices that a network lends', () => {
  const held = () => devices.known().map(({ device, connections }) => `${device} ${connections.map((each) => each.mac).join()}`);
  const first = { type: 'hostdev', managed: true, pciAddress: '0000:03:10.0' };

  test('each interface gets one of its own, and the same when asked again', async () => {
    const answer = await runner.allocate(ask(one, 1, ['vfs', 1], ['vfs', 2]));
    expect(answer.ports.map(({ actual }) => actual)).toEqual([
      expect.objectContaining(first),
      expect.objectContaining({ pciAddress: '0000:03:10.1' }),
    ]);
    expect(answer.networks).toEqual([]);
    expect(await runner.allocate(ask(one, 1, ['vfs', 1], ['vfs', 2]))).toEqual(answer);
    expect(held()).toEqual([`0000:03:10.0 ${mac(1)}`, `0000:03:10.1 ${mac(2)}`]);
    await runner.release({ domain: one, epoch: 1 });
    expect(held()).toEqual([]);
  });

  test.each<[string, AllocatePorts, string]>([
    ['one device too few', ask(one, 1, ['vfs', 1], ['vfs', 2], ['vfs', 3]), 'pool_exhausted'],
    ['a host without any', { ...ask(one, 1, ['vfs', 1]), hostId: 'host-b' }, 'pool_exhausted'],
    ['a MAC that another domain has', ask(one, 1, ['vfs', 1], ['lab', 9]), 'mac_in_use'],
  ])('%s: refused, and nothing is kept', async (_, request, code) => {
    await runner.allocate(ask(two, 1, ['lab', 9]));
    expect((await refusal(runner.allocate(request))).code).toBe(code);
    expect([held(), ledger.known().map((port) => port.domain)]).toEqual([[], [two]]);
  });

  test('a refused second order does not take away what the first one has', async () => {
    await runner.allocate(ask(one, 1, ['vfs', 1]));
    await refusal(runner.allocate(ask(one, 1, ['vfs', 1], ['vfs', 2], ['vfs', 3])));
    expect(held()).toEqual([`0000:03:10.0 ${mac(1)}`]);
  });

  test('a newer placement takes over the device, and gives the older one back', async () => {
    await runner.allocate(ask(one, 1, ['vfs', 1]));
    await runner.allocate(ask(one, 2, ['vfs', 1]));
    await runner.release({ domain: one, epoch: 1 });
    expect(held()).toEqual([`0000:03:10.0 ${mac(1)}`]);
    await runner.release({ domain: one, epoch: 2 });
    expect(held()).toEqual([]);
  });
});

describe('the sweeper', () => {
  const MINUTE = 60_000;

  test.each<[string, number, boolean, number]>([
    ['leaves a young port', 2 * MINUTE, true, 1],
    ['leaves an old port whose domain has not ended', 9 * MINUTE, false, 1],
    ['gives back an old port whose domain has ended', 2 * MINUTE + 1, true, 0],
  ])('%s', async (_, age, ended, left) => {
    await runner.allocate(ask(one, 1, ['lab', 1]));
    now = age;
    const given = await runner.sweep(async () => ended);
    expect([ledger.known().length, given.length]).toEqual([left, 1 - left]);
  });
});

describe('floors', () => {
  const wanting = (domain: string, ...floors: [n: number, floor: number][]): AllocatePorts => ({
    ...ask(domain, 1),
    ports: floors.map(([n, floor]) => ({ network: 'shaped', mac: mac(n), bandwidth: { inbound: { average: 1, floor } } })),
  });
  const anew = (epoch: number, ...floors: [n: number, floor: number][]): AllocatePorts => ({
    ...wanting(one, ...floors),
    epoch,
    ports: wanting(one, ...floors).ports.map((port) => ({ ...port, anew: true })),
  });
  const promised = () => [...books.known()].flatMap(({ floors }) => floors.map(({ mac: of, floor, classId }) => [of, floor, classId]));

  test('are promised with the port and given back with it', async () => {
    const { ports } = await runner.allocate(wanting(one, [1, 400], [2, 600]));
    expect(ports.map(({ actual }) => actual.classId)).toEqual([3, 4]);
    await runner.release({ domain: one, epoch: 1, ports: [{ networkUuid, mac: mac(1) }] });
    expect(promised()).toEqual([[mac(2), 600, 4]]);
    const again = await runner.allocate(wanting(two, [3, 400]));
    expect(again.ports[0]?.actual.classId).toBe(3);
  });

  test.each<[string, AllocatePorts, string, string]>([
    [
      'more than the network lets in',
      wanting(one, [1, 400], [2, 601]),
      'operation_invalid',
      `Cannot plug '${mac(2)}' interface into 'virbr8' because new combined inbound floor=1001 would overcommit average=1000`,
    ],
    [
      'a network without an inbound bandwidth',
      { ...ask(one, 1), ports: [{ network: 'lab', mac: mac(1), bandwidth: { inbound: { floor: 1 } } }] },
      'operation_unsupported',
      "network 'lab' has no inbound QoS set",
    ],
  ])('are refused for %s, and nothing is left', async (_, request, code, words) => {
    const refused = await refusal(runner.allocate(request));
    expect([refused.code, refused.message]).toEqual([code, expect.stringContaining(words)]);
    expect([promised(), ledger.known()]).toEqual([[], []]);
  });

  test('are never promised twice over, however many ask at once', async () => {
    const asked = Array.from({ length: 9 }, (_, n) => runner.allocate(wanting(one, [n, 300])));
    const answers = await Promise.allSettled(asked);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(promised().map(([, floor]) => floor)).toEqual([300, 300, 300]);
  });

  test('change with the bandwidth of a port in use, and a refusal leaves the old ones', async () => {
    await runner.allocate(wanting(one, [1, 400]));
    const key = { domain: one, epoch: 1, networkUuid, mac: mac(1) };
    const raised = await runner.shape({ ...key, bandwidth: { inbound: { average: 1, floor: 900 } } });
    expect(raised.actual).toMatchObject({ classId: 3, bandwidth: { inbound: { floor: 900 } } });
    await refusal(runner.shape({ ...key, bandwidth: { inbound: { floor: 1001 } } }));
    expect(promised()).toEqual([[mac(1), 900, 3]]);
    const plain = await runner.shape(key);
    expect([plain.actual.bandwidth, plain.actual.classId, promised()]).toEqual([undefined, undefined, []]);
  });

  test.each<[string, AllocatePorts, readonly unknown[]]>([
    ['asked for anew without one has it no more', { ...ask(one, 1), ports: [{ network: 'shaped', mac: mac(1), anew: true }] }, []],
    ['asked for anew with a smaller one has that', anew(1, [1, 100]), [[mac(1), 100, 3]]],
    ['of a newer placement without one has it no more', ask(one, 2, ['shaped', 1]), []],
    ['that an older placement asks for anew stays as it is', anew(0, [1, 100]), [[mac(1), 400, 3]]],
    ['whose neighbour in the same request is refused stays as it is', anew(1, [1, 100], [2, 901]), [[mac(1), 400, 3]]],
    ["that another domain's request names stays as it is, and that request has none", wanting(two, [1, 100], [2, 100]), [[mac(1), 400, 3]]],
  ])('of a port %s', async (_, request, left) => {
    await runner.allocate(wanting(one, [1, 400]));
    await runner.allocate(request).catch((thrown: unknown) => expect(thrown).toBeInstanceOf(Refusal));
    expect(promised()).toEqual(left);
  });

  test('are not taken for a port that is another domain’s and has none', async () => {
    await runner.allocate(ask(one, 1, ['shaped', 1]));
    expect(await refusal(runner.allocate(wanting(two, [1, 100])))).toMatchObject({ code: 'mac_in_use' });
    expect(promised()).toEqual([]);
  });

  test.each<[string, { domain: string; epoch: number; mac: string }, string]>([
    ['a port that is not there', { domain: one, epoch: 1, mac: mac(7) }, 'no_network_port'],
    ["another domain's port", { domain: two, epoch: 1, mac: mac(1) }, 'no_network_port'],
    ['an order of an older placement', { domain: one, epoch: 1, mac: mac(2) }, 'stale_epoch'],
  ])('of %s do not change', async (_, key, code) => {
    await runner.allocate(wanting(one, [1, 400]));
    await runner.allocate({ ...wanting(one, [2, 100]), epoch: 2 });
    expect(await refusal(runner.shape({ networkUuid, ...key }))).toMatchObject({ code });
  });

  test('that a crash has left without a port are swept away once they are old', async () => {
    await new Floors(books).claim(
      networkUuid,
      { mac: mac(5), domain: one, epoch: 1, floor: 9, claimedAt: new Date(0).toISOString() },
      parseNetwork(networks.get('shaped')!.xml),
    );
    await runner.allocate(wanting(one, [1, 400]));
    now = 9 * 60_000;
    await runner.sweep(async () => false);
    expect(promised()).toEqual([[mac(1), 400, 4]]);
  });
});

describe('the plan of a network', () => {
  test('is none when the network is not active', async () => {
    expect((await runner.plan(networkUuid))?.bridge).toBe('virbr8');
    byUuid = networks.get('off');
    expect(await runner.plan(networkUuid)).toBeUndefined();
  });

  test('is refused when there is no record of it, which does not say that it has ended', async () => {
    byUuid = undefined;
    expect(await refusal(runner.plan(networkUuid))).toMatchObject({
      code: 'no_network',
      message: `Network not found: no network with matching uuid '${networkUuid}'`,
    });
  });
});

test('a network that was made anew, and never started since, is not the one that a host has', async () => {
  byUuid = record('off', { active: false, activation: 0 });
  expect(await refusal(runner.plan(networkUuid, 1))).toMatchObject({ code: 'no_network' });
  expect(await runner.plan(networkUuid, 0)).toBeUndefined();
  byUuid = record('lab', { activation: 1 });
  expect((await runner.plan(networkUuid, 1))?.activation).toBe(1);
});

describe('a guest that gives itself another MAC', () => {
  const trusted = (domain: string, n: number, more = {}): AllocatePorts => ({
    ...ask(domain, 1),
    ports: [{ network: 'lab', mac: mac(n), trustGuestRxFilters: true, ...more }],
  });
  const follow = (n: number, to: number, more = {}) =>
    runner.follow({ domain: one, epoch: 1, networkUuid, mac: mac(n), guestMac: mac(to), ...more });
  const guests = () => ledger.known().map((port) => port.guestMac);

  test('is on record with it, also when its port is resolved anew, until it goes back', async () => {
    await runner.allocate(trusted(one, 1));
    await follow(1, 7);
    await follow(1, 7);
    await runner.allocate(trusted(one, 1, { anew: true }));
    expect(guests()).toEqual([mac(7)]);
    await follow(1, 1);
    expect(guests()).toEqual([undefined]);
  });

  test('keeps it from others, and gives it up with its port', async () => {
    await runner.allocate(trusted(one, 1));
    await follow(1, 7);
    expect(await refusal(runner.allocate(ask(two, 1, ['lab', 7])))).toMatchObject({
      code: 'mac_in_use',
      message: expect.stringContaining(`${mac(7)} is in use on network 'lab' by domain 'one'`),
    });
    await runner.release({ domain: one, epoch: 1 });
    await runner.allocate(ask(two, 1, ['lab', 7]));
  });

  test('does not have that of the bridge', async () => {
    await runner.allocate(trusted(one, 1));
    expect(await refusal(runner.follow({ domain: one, epoch: 1, networkUuid, mac: mac(1), guestMac: '52:54:00:aa:bb:cc' }))).toMatchObject({
      code: 'mac_in_use',
    });
    expect(guests()).toEqual([undefined]);
  });

  test('does not have it at its next placement', async () => {
    await runner.allocate(trusted(one, 1));
    await follow(1, 7);
    await runner.allocate({ ...trusted(one, 1), epoch: 2 });
    expect(guests()).toEqual([undefined]);
  });

  test.each<[string, number, number, object, string]>([
    ['a port has', 1, 2, {}, 'mac_in_use'],
    ["another's guest has", 1, 8, {}, 'mac_in_use'],
    ['it has but for being trusted', 2, 7, { domain: two }, 'operation_invalid'],
    ["it has on another domain's port", 1, 7, { domain: two }, 'no_network_port'],
    ['it has on no port', 5, 7, {}, 'no_network_port'],
    ['an older placement says it has', 3, 7, { domain: two, epoch: 1 }, 'stale_epoch'],
  ])('is refused one that %s', async (_, n, to, more, code) => {
    await runner.allocate(trusted(one, 1));
    await runner.allocate(ask(two, 1, ['lab', 2]));
    await runner.allocate({ ...trusted(two, 3), epoch: 2 });
    await runner.follow({ domain: two, epoch: 2, networkUuid, mac: mac(3), guestMac: mac(8) });
    const before = guests();
    expect(await refusal(follow(n, to, more))).toMatchObject({ code });
    expect(guests()).toEqual(before);
  });
});
