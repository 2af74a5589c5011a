import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal, type AllocatePorts, type CreatePort, type NetworkRecord } from '@virtbus/contracts';
import { AddressBook } from './address-book.js';
import { DeviceBook } from './device-book.js';
import { Floors } from './floors.runner.js';
import { HandPorts, MOST_BY_HAND } from './hand-ports.runner.js';
import { MemoryDevices } from './memory-devices.js';
import { MemoryFloorBooks } from './memory-floor-books.js';
import { MemoryLedger } from './memory-ledger.js';
import { OverlayBook } from './overlay-book.js';
import { PortRunner } from './port.runner.js';
import { MemoryAddresses, MemoryVnis } from './testing.js';

const uuid = (n: number) => `9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f${String(n).padStart(3, '0')}`;
const mac = (n: number) => `52:54:00:00:${String(Math.floor(n / 100)).padStart(2, '0')}:${String(n % 100).padStart(2, '0')}`;
const owner = { name: 'web', uuid: uuid(1) };
const nets = { lab: uuid(11), off: uuid(12), red: uuid(13), pass: uuid(14), shared: uuid(15), grouped: uuid(16) } as const;

const record = (name: keyof typeof nets, inside: string, more: Partial<NetworkRecord> = {}): NetworkRecord => ({
  uuid: nets[name],
  name,
  xml: `<network><name>${name}</name>${inside}</network>`,
  persistent: true,
  autostart: false,
  active: true,
  activation: 1,
  ...more,
});
const labXml = `<bridge name='virbr7'/><mac address='52:54:00:aa:bb:cc'/><bandwidth><inbound average='1000'/></bandwidth>
  <ip address='10.7.0.1' prefix='24'><dhcp><range start='10.7.0.100' end='10.7.0.199'/><host mac='${mac(7)}' ip='10.7.0.7'/>
  <host name='web' ip='10.7.0.8'/></dhcp></ip><portgroup name='slow' trustGuestRxFilters='yes'><bandwidth><outbound average='50'/></bandwidth></portgroup>`;
const devs = `<interface dev='eth1'/><interface dev='eth2'/>`;
const networks: readonly NetworkRecord[] = [
  record('lab', labXml),
  record('grouped', `<bridge name='virbr6'/><portgroup name='usual' default='yes' trustGuestRxFilters='yes'/>`),
  record('off', `<bridge name='virbr8'/>`, { active: false }),
  record('red', `<bridge name='virbr9'/>`, { project: 'red' }),
  record('pass', `<forward mode='passthrough'>${devs}</forward>`),
  record('shared', `<forward mode='bridge'>${devs}</forward>`),
];

let ledger: MemoryLedger;
let devices: MemoryDevices;
let books: MemoryFloorBooks;
let said: string[];
let runner: PortRunner;
let hands: HandPorts;
let now: number;
let ids: number;

beforeEach(() => {
  [ids, now, said] = [0, 0, []];
  ledger = new MemoryLedger();
  books = new MemoryFloorBooks();
  devices = new MemoryDevices({ h1: { links: ['eth1', 'eth2'], physicalFunctions: [] } });
  const clock = { now: () => new Date(now), newId: () => `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}` };
  const named = async (name: string) => networks.find((each) => each.name === name);
  runner = new PortRunner(
    { named, namedFresh: named, byUuid: async (wanted) => networks.find((each) => each.uuid === wanted), ownerOf: async () => ({}) },
    {
      ports: ledger,
      addresses: new AddressBook(new MemoryAddresses(clock.now), clock.now),
      devices: new DeviceBook(devices, devices, clock.now),
      floors: new Floors(books),
      overlays: new OverlayBook(new MemoryVnis(), clock.now),
    },
    { allocated: (port) => said.push(`allocated ${port.id}`), released: (port) => said.push(`released ${port.id}`) },
    clock,
  );
  hands = new HandPorts(runner, ledger, clock);
});

type More = Partial<Omit<CreatePort, 'wish' | 'byHand'>> & {
  readonly wish?: Partial<CreatePort['wish']>;
  readonly byHand?: Partial<CreatePort['byHand']>;
};
const port = (n: number, network: keyof typeof nets = 'lab', { wish, byHand, ...more }: More = {}): CreatePort => ({
  id: uuid(100 + n),
  networkUuid: nets[network],
  hostId: 'h1',
  byHand: { owner, commandId: `c${n}`, ...byHand },
  wish: { mac: mac(n), network, ...wish },
  ...more,
});
const domain = (network: keyof typeof nets, n: number, more: Partial<AllocatePorts> = {}): AllocatePorts => ({
  ...{ domain: owner.uuid, domainName: 'web', hostId: 'h1', epoch: 3, ports: [{ network, mac: mac(n) }] },
  ...more,
});
const refused = async (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'not refused',
    (thrown: unknown) => (thrown instanceof Refusal ? `${thrown.code} ${thrown.libvirt}: ${thrown.message}` : String(thrown)),
  );
const held = () => ledger.known().map(({ id, mac: of }) => `${id} ${of}`);
const lent = () => devices.known().map(({ device, connections }) => `${device} ${connections.map((each) => each.mac).join()}`);

describe('a port by hand', () => {
  test('is what an interface would be granted, and remembers whose it is', async () => {
    const answer = await hands.create(port(1, 'lab', { wish: { portGroup: 'slow' }, byHand: { project: 'blue', placed: true } }));
    expect(answer).toMatchObject({ id: uuid(101), network: 'lab', mac: mac(1), portGroup: 'slow' });
    expect(answer.actual).toEqual({
      ...{ type: 'network', bridge: 'virbr7', isolated: false, trustGuestRxFilters: true, bandwidth: { outbound: { average: 50 } } },
    });
    expect(ledger.known()).toEqual([
      expect.objectContaining({ domainName: '', hostId: 'h1', byHand: { owner, project: 'blue', placed: true, commandId: 'c1' } }),
    ]);
    expect(said).toEqual([`allocated ${uuid(101)}`]);
  });

  test.each<[string, CreatePort, string]>([
    ['the address of its MAC', port(7), '10.7.0.7'],
    ['the address of its name, when that is a domain’s', port(9, 'lab', { domainName: 'web' }), '10.7.0.8'],
    ['any other, when its owner only says that name', port(9), '10.7.0.1'],
  ])('is given %s', async (_, request, address) =>
    expect((await hands.create(request)).addresses).toEqual([{ family: 'ipv4', address: expect.stringMatching(`^${address}`) as string }]),
  );

  test.each<[string, string | undefined, boolean]>([
    ['names one that there is not', 'nope', false],
    ['names none, and has the default one', undefined, true],
  ])('has the group that was asked for and no other: it %s', async (_, portGroup, trusted) => {
    const { portGroup: kept, actual } = await hands.create(port(1, 'grouped', { wish: portGroup === undefined ? {} : { portGroup } }));
    expect([kept, actual.trustGuestRxFilters]).toEqual([portGroup, trusted]);
  });

  test('is the same when its command comes again', async () => {
    const first = await hands.create(port(1));
    expect(await hands.create(port(1))).toEqual(first);
    expect([held().length, said.length]).toEqual([1, 1]);
  });

  test('is not given twice: of two with one UUID at once the first to be entered stays', async () => {
    const twin = { ...port(2), id: uuid(101) };
    const answers = await Promise.all([refused(hands.create(port(1))), refused(hands.create(twin))]);
    expect(answers).toEqual(['not refused', expect.stringMatching(/^network_port_exists 106/)]);
    expect(held()).toEqual([`${uuid(101)} ${mac(1)}`]);
  });

  test.each<[string, CreatePort, string]>([
    ['whose UUID another has', { ...port(2), id: uuid(109) }, `network_port_exists 106: network port Network port with UUID ${uuid(109)}`],
    ['whose MAC another has', port(9, 'lab', { id: uuid(200) }), `net-port-delete lab ${uuid(109)} gives it back`],
    [
      'whose MAC a domain has',
      port(8),
      "mac_in_use 55: Requested operation is not valid: MAC address 52:54:00:00:00:08 is in use on network 'lab' by domain 'db'",
    ],
    ['on a network that there is not', { ...port(1), networkUuid: uuid(99) }, 'no_network 43'],
    [
      'on a network that is not active',
      port(1, 'off'),
      "operation_invalid 55: Requested operation is not valid: network 'off' is not active",
    ],
    ["on another project's network", port(1, 'red', { byHand: { project: 'blue' } }), 'no_network 43'],
    ['with the MAC of the bridge', port(1, 'lab', { wish: { mac: '52:54:00:aa:bb:cc' } }), 'mac_in_use 55'],
    ['with more of a floor than there is', port(1, 'lab', { wish: { bandwidth: { inbound: { floor: 1001 } } } }), 'would overcommit'],
    ['that wants a device elsewhere', port(1, 'pass', { hostId: 'h2' }), 'pool_exhausted 1'],
  ])('%s is refused, and leaves nothing', async (_, request, words) => {
    await hands.create(port(9));
    await runner.allocate(domain('lab', 8, { domain: uuid(2), domainName: 'db' }));
    const before = [held(), lent(), books.known()];
    expect(await refused(hands.create(request))).toContain(words);
    expect([held(), lent(), books.known()]).toEqual(before);
  });

  test("is one of so many: a project's do not count for others", async () => {
    const red = { byHand: { project: 'red' } } as const;
    for (let n = 0; n < MOST_BY_HAND; n += 1) await ledger.create({ ...(await made(port(n, 'shared', red))) });
    expect(await refused(hands.create(port(900, 'shared', red)))).toContain(
      `network 'shared' has ${MOST_BY_HAND} ports that were made by hand`,
    );
    expect(await refused(hands.create(port(901, 'shared')))).toBe('not refused');
  });
});

/** As the ledger would have it. */
async function made({ id, networkUuid, hostId, byHand, wish }: CreatePort) {
  const actual = { type: 'direct', isolated: false, trustGuestRxFilters: false } as const;
  const common = { network: 'shared', domainName: '', epoch: 1, allocatedAt: new Date(now).toISOString() };
  return { id, networkUuid, hostId, byHand, mac: wish.mac, actual, domain: uuid(999), ...common };
}

describe('beside domains', () => {
  test('a domain is not given it, not even its owner, and learns how it is given back', async () => {
    await hands.create(port(1));
    const words = await refused(runner.allocate(domain('lab', 1)));
    expect(words).toContain(`mac_in_use 55`);
    expect(words).toContain(`by port ${uuid(101)}, which was made by hand for 'web': net-port-delete lab ${uuid(101)} gives it back`);
    expect(held()).toEqual([`${uuid(101)} ${mac(1)}`]);
  });

  test("nothing that ends its owner's domain gives it back, nor does time", async () => {
    await hands.create(port(1));
    await runner.release({ domain: owner.uuid, epoch: 9 });
    await runner.release({ domain: owner.uuid, epoch: 9, except: [] });
    await runner.release({ domain: owner.uuid, epoch: 9, ports: [{ networkUuid: nets.lab, mac: mac(1) }] });
    now = 60 * 60_000;
    expect(await runner.sweep(async () => true)).toEqual([]);
    expect(held()).toHaveLength(1);
  });

  test('whoever holds it gives it back, with its floor and its device', async () => {
    await hands.create(port(1, 'lab', { wish: { bandwidth: { inbound: { average: 10, floor: 900 } } } }));
    await hands.create(port(2, 'pass'));
    expect([lent(), books.known().map(({ floors }) => floors.length)]).toEqual([[`eth1 ${mac(2)}`], [1]]);
    for (const { domain: holder, epoch, networkUuid, mac: of } of ledger.known())
      await runner.release({ domain: holder, epoch, ports: [{ networkUuid, mac: of }] });
    expect([held(), lent(), books.known().flatMap(({ floors }) => floors)]).toEqual([[], [], []]);
  });

  test('its network takes it along when it stops', async () => {
    await hands.create(port(1));
    await runner.networkStopped(nets.lab, new Date(now));
    expect([held(), said]).toEqual([[], [`allocated ${uuid(101)}`, `released ${uuid(101)}`]]);
  });

  test('a device that is lent by hand is lent to nobody else, and the other way round', async () => {
    await hands.create(port(1, 'pass'));
    expect((await runner.allocate(domain('pass', 2))).ports[0]?.actual.dev).toBe('eth2');
    expect(await refused(hands.create(port(3, 'pass')))).toMatch(/^pool_exhausted 1/);
    expect(await refused(runner.allocate(domain('pass', 4, { domain: uuid(2) })))).toMatch(/^pool_exhausted 1/);
    expect(lent()).toEqual([`eth1 ${mac(1)}`, `eth2 ${mac(2)}`]);
  });

  test('its bandwidth can be another', async () => {
    await hands.create(port(1, 'lab', { wish: { bandwidth: { inbound: { floor: 900 } } } }));
    const { domain: holder, epoch } = ledger.known()[0]!;
    const shape = (floor: number) =>
      runner.shape({ networkUuid: nets.lab, mac: mac(1), domain: holder, epoch, bandwidth: { inbound: { floor } } });
    expect((await shape(1000)).actual).toMatchObject({ bandwidth: { inbound: { floor: 1000 } }, classId: 3 });
    expect(await refused(shape(1001))).toContain('would overcommit');
  });
});

describe('what is plugged already', () => {
  const bridge = (name: string): More => ({ plug: { type: 'network', bridge: name } });
  const device = (dev: string): More => ({ plug: { type: 'direct', dev } });
  test.each<[string, keyof typeof nets, More, string]>([
    ["the network's bridge", 'lab', bridge('virbr7'), 'not refused'],
    [
      'another bridge',
      'lab',
      bridge('virbr0'),
      `operation_failed 1: internal error: network 'lab' doesn't have bridge='virbr0' in use by network port`,
    ],
    ['a bridge of another kind', 'lab', { plug: { type: 'bridge', bridge: 'virbr7' } }, "doesn't have bridge='virbr7' in use"],
    ['a device, where there are none', 'lab', device('eth1'), "network 'lab' doesn't have dev='eth1' in use"],
    ['a bridge, where there are devices', 'pass', bridge('virbr7'), 'Unexpectedly got a network port without a network bridge'],
    ['a device that is free', 'pass', device('eth2'), 'not refused'],
    ['a device that is lent', 'pass', device('eth1'), "network 'pass' claims dev='eth1' is already in use by a different port"],
    [
      'a device that the network has not',
      'pass',
      device('eth9'),
      `network 'pass' doesn't have dev='eth9' in use by network port '${uuid(101)}'`,
    ],
    ['a device that is shared', 'shared', device('eth2'), 'not refused'],
  ])('is claimed again: %s', async (_, network, more, words) => {
    if (network === 'pass') await hands.create(port(9, network));
    expect(await refused(hands.create(port(1, network, more)))).toContain(words);
    if (words === 'not refused' && more.plug?.dev !== undefined) expect(lent()).toContain(`${more.plug.dev} ${mac(1)}`);
  });
});
