import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal, type CreatePort, type DomainRecord, type NetworkRecord, type PortRecord } from '@virtbus/contracts';
import { RetryLater } from '@virtbus/messaging';
import { NetworkPortRunner, type PortWorld } from './network-port.runner.js';
import { domainRecord, uuidOf } from './rpc/testing.js';

const mac = '52:54:00:00:01:20';
const network = (n: number, name: string, more: Partial<NetworkRecord> = {}): NetworkRecord => ({
  ...{ uuid: uuidOf(n), name, xml: '<network/>', persistent: true, autostart: false, active: true, activation: 1 },
  ...more,
});
const nets = [network(50, 'lab'), network(51, 'off', { active: false }), network(52, 'red', { project: 'red' })];
const domains = new Map<string, DomainRecord>([
  [uuidOf(1), domainRecord(1, { name: 'web' })],
  [uuidOf(2), domainRecord(2, { name: 'db', project: 'red' })],
]);

let ports: PortRecord[];
let said: string[];
let wanted: CreatePort | undefined;
let world: { -readonly [Name in keyof PortWorld]: PortWorld[Name] };
let runner: NetworkPortRunner;
let bridge: string | undefined;

beforeEach(() => {
  [ports, said, wanted, bridge] = [[], [], undefined, 'virbr7'];
  world = {
    network: async (reference) => nets.find(({ uuid, name }) => uuid === reference || name === reference),
    domain: async (uuid) => domains.get(uuid),
    hostOf: async (uuid) => (uuid === uuidOf(1) ? 'h2' : undefined),
    hosts: () => ['h1', 'h2'].map((hostId) => ({ hostId, reports: true })),
    port: async (networkUuid, id) => ports.find((port) => port.networkUuid === networkUuid && port.id === id),
    create: async (given) => {
      wanted = given;
      const record = portRecord({ id: given.id, byHand: given.byHand, hostId: given.hostId });
      ports.push(record);
      return record;
    },
    release: async ({ id }) => {
      said.push(`released ${id}`);
      ports = ports.filter((port) => port.id !== id);
    },
    shape: async ({ id }, bandwidth) => void said.push(`shaped ${id} ${JSON.stringify(bandwidth)}`),
    ensureNetwork: async (hostId, uuid) => void said.push(`${uuid} is on ${hostId}`),
  };
  runner = new NetworkPortRunner(world);
});

const portRecord = (more: Partial<PortRecord> = {}): PortRecord => ({
  ...{ id: uuidOf(60), network: 'lab', networkUuid: uuidOf(50), mac, hostId: 'h1' },
  ...{ domain: uuidOf(99), domainName: 'web', epoch: 1, allocatedAt: '' },
  actual: { type: 'network', isolated: false, trustGuestRxFilters: false, ...(bridge === undefined ? {} : { bridge }) },
  ...more,
});
const byHand = { owner: { name: 'web', uuid: uuidOf(1) }, commandId: 'c' };

interface Parts {
  readonly owner?: number;
  readonly name?: string;
  readonly of?: string;
  readonly more?: string;
}
const xml = ({ owner = 1, name = 'web', of = mac, more = '' }: Parts = {}) =>
  `<networkport><uuid>${uuidOf(60)}</uuid><owner><name>${name}</name><uuid>${uuidOf(owner)}</uuid></owner><mac address='${of}'/>${more}</networkport>`;
const placed = (host: string) => ({ more: `<virtbus:placement xmlns:virtbus="urn:virtbus:port:1" host="${host}"/>` });
const plug = { more: "<plug type='network' bridge='virbr7'/>" };
const create = (of: string, parts: Parts = {}, more: object = {}) => runner.create({ network: of, xml: xml(parts), ...more }, 'c1');
const refused = (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    () => 'not refused',
    (thrown: unknown) => (thrown instanceof Refusal ? `${thrown.code} ${thrown.libvirt}: ${thrown.message}` : String(thrown)),
  );

describe('a port that is made by hand', () => {
  test("is where its owner runs, in its owner's name, and its network is there", async () => {
    const id = { uuid: uuidOf(60), networkUuid: uuidOf(50), mac, hostId: 'h2' };
    expect(await create('lab')).toEqual(id);
    expect(wanted).toEqual({
      ...{ id: uuidOf(60), networkUuid: uuidOf(50), hostId: 'h2', domainName: 'web' },
      byHand: { owner: { name: 'web', uuid: uuidOf(1) }, commandId: 'c1' },
      wish: { mac, network: 'lab' },
    });
    expect(said).toEqual([`${uuidOf(50)} is on h2`]);
  });

  test.each<[string, Parts, object, Partial<CreatePort>]>([
    [
      'its XML names the host',
      { owner: 9, ...placed('h1') },
      {},
      { hostId: 'h1', byHand: { owner: { name: 'web', uuid: uuidOf(9) }, placed: true, commandId: 'c1' } },
    ],
    [
      "its owner's project",
      { owner: 2, ...placed('h1') },
      {},
      { domainName: 'db', byHand: expect.objectContaining({ project: 'red' }) as never },
    ],
    [
      'the project that is named',
      { owner: 9, ...placed('h1') },
      { project: 'blue' },
      { byHand: expect.objectContaining({ project: 'blue' }) as never },
    ],
    ['what it is plugged into', plug, { reclaim: true }, { plug: { type: 'network', bridge: 'virbr7' } }],
  ])('has %s', async (_, parts, more, expected) => {
    await create('lab', parts, more);
    expect(wanted).toMatchObject(expected);
  });

  test('an owner that is no domain gives no name', async () => {
    await create('lab', { owner: 9, ...placed('h1') });
    expect(wanted).not.toHaveProperty('domainName');
  });

  test('needs nothing of its host when its network has no bridge', async () => {
    bridge = undefined;
    await create('lab');
    expect(said).toEqual([]);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['on a network that there is not', () => create('nope'), "no_network 43: Network not found: no network with matching name 'nope'"],
    [
      'on a network that is not active',
      () => create('off'),
      "operation_invalid 55: Requested operation is not valid: network 'off' is not active",
    ],
    [
      'that is plugged already',
      () => create('lab', plug),
      'invalid_argument 8: invalid argument: Port reclaim not requested but plug type is not none',
    ],
    [
      'that is to be plugged already',
      () => create('lab', {}, { reclaim: true }),
      'invalid_argument 8: invalid argument: Port reclaim requested but plug type is none',
    ],
    ['for another project’s domain', () => create('lab', { owner: 2 }, { project: 'blue' }), 'no_domain 42: Domain not found'],
    ['on no host', () => create('lab', { owner: 9 }), 'config_unsupported 67: '],
    ['on a host that there is not', () => create('lab', placed('h9')), "no_host 38: no host of the fleet has the id 'h9'"],
    ['on a host by no name of hosts', () => create('lab', placed('h 1')), "no_host 38: no host of the fleet has the id ''"],
    [
      'for a group',
      () => create('lab', { of: '01:00:5e:00:00:01' }),
      'xml_error 27: XML error: expected unicast mac address, found multicast',
    ],
    ['for everybody', () => create('lab', { of: 'ff:ff:ff:ff:ff:ff' }), 'xml_error 27: '],
    ['for nobody', () => create('lab', { of: '00:00:00:00:00:00' }), 'xml_error 27: '],
    ['without a name', () => create('lab', { name: '' }), 'xml_error 1: internal error: network port has no owner name'],
    ['with a name that breaks lines', () => create('lab', { name: 'a\nb' }), 'xml_detail 35: '],
    ['with very long XML', () => create('lab', { more: ' '.repeat(64 * 1024) }), 'payload_too_large 8: '],
    ['that is no XML', () => runner.create({ network: 'lab', xml: '<networkport>' }, 'c'), 'xml_detail 35: '],
    [
      'that is another document',
      () => runner.create({ network: 'lab', xml: '<network/>' }, 'c'),
      "xml_error 27: XML error: expecting root element of 'networkport', not 'network'",
    ],
    [
      'without a UUID',
      () => runner.create({ network: 'lab', xml: '<networkport/>' }, 'c'),
      'xml_error 1: internal error: network port has no uuid',
    ],
  ])('%s is refused, and nobody is asked', async (_, act, words) => {
    expect(await refused(act())).toContain(words);
    expect([wanted, said]).toEqual([undefined, []]);
  });

  test('goes again when its network cannot be had', async () => {
    world.ensureNetwork = () => Promise.reject(new Refusal('host_unreachable', 'away'));
    expect(await refused(create('lab'))).toBe('host_unreachable 38: away');
    expect([ports, said]).toEqual([[], [`released ${uuidOf(60)}`]]);
  });

  test('goes when its command has come before, and cannot be carried out any more', async () => {
    ports = [portRecord({ byHand: { ...byHand, commandId: 'c1' } })];
    expect(await refused(create('lab', placed('h9')))).toContain('no_host');
    expect([ports, said]).toEqual([[], [`released ${uuidOf(60)}`]]);
  });

  test('of another command stays', async () => {
    ports = [portRecord({ byHand })];
    world.create = () => Promise.reject(new Refusal('network_port_exists', 'there'));
    expect(await refused(create('lab'))).toContain('network_port_exists');
    expect([ports.length, said]).toEqual([1, []]);
  });

  test('is where netd has put it before, wherever its owner is now', async () => {
    world.create = async () => portRecord({ hostId: 'h1' });
    expect((await create('lab')).hostId).toBe('h1');
    expect(said).toEqual([`${uuidOf(50)} is on h1`]);
  });

  test.each<[string, () => void]>([
    ['netd does not answer', () => (world.create = () => Promise.reject(new Refusal('service_unreachable', 'away')))],
    [
      'it cannot be given back',
      () => {
        world.ensureNetwork = () => Promise.reject(new Refusal('host_unreachable', 'away'));
        world.release = () => Promise.reject(new Refusal('service_unreachable', 'away, too'));
      },
    ],
  ])('is tried again as a whole when %s', async (_, happens) => {
    happens();
    await expect(create('lab')).rejects.toThrow(new RetryLater(500));
    expect(said).toEqual([]);
  });
});

describe('what is done to a port', () => {
  const ofHand = { network: 'lab', port: uuidOf(60) };
  const ofGuest = { network: 'lab', port: uuidOf(61) };
  beforeEach(() => void (ports = [portRecord({ byHand }), portRecord({ id: uuidOf(61) })]));

  test('by hand', async () => {
    await runner.tune({ ...ofHand, bandwidth: { inbound: { average: 5 } } });
    await runner.tune(ofHand);
    await runner.delete({ network: uuidOf(50), port: uuidOf(60).toUpperCase() });
    expect(said).toEqual([`shaped ${uuidOf(60)} {"inbound":{"average":5}}`, `shaped ${uuidOf(60)} undefined`, `released ${uuidOf(60)}`]);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    [
      "an interface's is not given back",
      () => runner.delete(ofGuest),
      `of domain 'web': it goes with the interface: detach that, or stop the domain`,
    ],
    ["an interface's is not changed here", () => runner.tune(ofGuest), 'tune the interface'],
    [
      'one that there is not',
      () => runner.delete({ ...ofHand, port: uuidOf(9) }),
      `no_network_port 107: network port not found: Network port with UUID ${uuidOf(9)} does not exist`,
    ],
    ['one of another network', () => runner.delete({ ...ofHand, network: 'red' }), 'no_network_port 107'],
    ['one of a network that there is not', () => runner.delete({ ...ofHand, network: 'nope' }), 'no_network 43'],
  ])('%s', async (_, act, words) => {
    expect(await refused(act())).toContain(words);
    expect([ports.length, said]).toEqual([2, []]);
  });
});
