/** Ports that no interface of a domain has, in a fleet of two hosts. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { startHostAgent } from '@virtbus/host-agent';
import { guestXml, nic } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

const uuid = (n: number) => `0a1b2c3d-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`;
const mac = (n: number) => `52:54:00:00:0b:${String(n).padStart(2, '0')}`;
const labXml = `<network><name>lab</name><bridge name='virbr0'/><bandwidth><inbound average='4000'/></bandwidth>
  <ip address='10.7.0.1' netmask='255.255.255.0'><dhcp><range start='10.7.0.10' end='10.7.0.99'/><host mac='${mac(1)}' ip='10.7.0.5'/></dhcp></ip></network>`;
const patience = { timeout: 30_000, interval: 100 };

let fleet: TestFleet;
let other: { readonly netns: string; readonly stateDir: string };
let otherAgent: { close(): Promise<void> } | undefined;
const bus = () => fleet.bus;

/** Runs a tool inside of a host's network. */
const on = (hostId: string, ...command: string[]): string =>
  hostId === 'host-a' ? fleet.inHost(...command) : execFileSync('ip', ['netns', 'exec', other.netns, ...command], { encoding: 'utf8' });
const bridges = (hostId: string): string[] =>
  on(hostId, 'ip', '-br', 'link', 'show', 'type', 'bridge')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ')[0] ?? '');
const resumeOther = async (): Promise<void> => {
  otherAgent = await startHostAgent({ servers: fleet.fleet.url, signals: false, hostId: 'host-b', ...other });
};
/** Addresses that host-b lends. */
const lent = (): string => readFileSync(join(other.stateDir, 'host/dnsmasq/lab.hostsfile'), 'utf8');

interface Wish {
  readonly network?: string;
  readonly host?: string;
  readonly more?: string;
}
function create(n: number, { network = 'lab', host, more = '' }: Wish = {}): Promise<contracts.NetworkPortId> {
  const placement = host === undefined ? '' : `<virtbus:placement xmlns:virtbus="urn:virtbus:port:1" host="${host}"/>`;
  const xml = `<networkport><uuid>${uuid(n)}</uuid><owner><name>box</name><uuid>${uuid(99)}</uuid></owner><mac address='${mac(n)}'/>${more}${placement}</networkport>`;
  return bus().run(contracts.createNetworkPort, { network, xml });
}
const ports = async (network = 'lab') => (await bus().request(contracts.listNetworkPorts, { network })).ports;
const held = async (network?: string) => (await ports(network)).map((port) => `${port.mac} ${port.hostId}`).toSorted();

beforeAll(async () => {
  fleet = await TestFleet.start({ separate: true });
  other = { netns: `${fleet.netns}-b`, stateDir: await mkdtemp(join(tmpdir(), 'vbt-')) };
  await chmod(other.stateDir, 0o711);
  execFileSync('ip', ['netns', 'add', other.netns]);
  on('host-b', 'ip', 'link', 'set', 'lo', 'up');
  await resumeOther();
  await vi.waitFor(async () => expect((await bus().request(contracts.listHosts, {})).hosts).toHaveLength(2), patience);
  await bus().run(contracts.defineNetwork, { xml: labXml });
  await bus().run(contracts.startNetwork, { network: 'lab' });
}, 120_000);
afterAll(async () => {
  await otherAgent?.close();
  await fleet?.stop();
  for (const pid of execFileSync('ip', ['netns', 'pids', other.netns], { encoding: 'utf8' }).split('\n').filter(Boolean))
    process.kill(Number(pid), 'SIGKILL');
  execFileSync('ip', ['netns', 'delete', other.netns]);
  await rm(other.stateDir, { recursive: true, force: true });
});

test('is refused while nothing says on which of two hosts it is to be', async () => {
  await expect(create(1)).rejects.toMatchObject({
    code: 'config_unsupported',
    message: expect.stringContaining('with one of host-a, host-b') as string,
  });
  await expect(create(1, { host: 'host-c' })).rejects.toMatchObject({ code: 'no_host' });
  expect(await ports()).toEqual([]);
});

describe('on the host that it names', () => {
  const floor = "<bandwidth><inbound average='1000' floor='500'/></bandwidth>";

  test('has its network when it is made, its address, and what is guaranteed to it', async () => {
    expect(await create(1, { host: 'host-b', more: floor })).toMatchObject({ uuid: uuid(1), mac: mac(1), hostId: 'host-b' });
    expect([bridges('host-b'), bridges('host-a')]).toEqual([['virbr0'], []]);
    expect(await ports()).toEqual([{ uuid: uuid(1), mac: mac(1), domain: uuid(99), domainName: 'box', hostId: 'host-b', byHand: true }]);
    await vi.waitFor(() => expect(lent()).toContain(`${mac(1)},10.7.0.5`), patience);
    await vi.waitFor(() => expect(on('host-b', 'tc', 'class', 'show', 'dev', 'virbr0')).toMatch(/class htb 1:3 .*rate 4Mbit/), patience);
    const { xml } = await bus().request(contracts.getNetworkPortXml, { network: 'lab', port: uuid(1) });
    expect(xml).toContain('host="host-b"/>\n</networkport>');
    expect(xml).toContain("<plug type='network' bridge='virbr0'/>");
  });

  test('outlives the agent of its host, and netd', async () => {
    await otherAgent?.close();
    const before = fleet.fleet.pidOf('netd') ?? 0;
    process.kill(before, 'SIGKILL');
    await vi.waitFor(() => expect([undefined, before]).not.toContain(fleet.fleet.pidOf('netd')), patience);
    await resumeOther();
    await vi.waitFor(() => create(2, { host: 'host-b' }), patience);
    expect(await held()).toEqual([`${mac(1)} host-b`, `${mac(2)} host-b`]);
    await vi.waitFor(() => expect(lent()).toContain(`${mac(1)},10.7.0.5`), patience);
    expect(on('host-b', 'tc', 'class', 'show', 'dev', 'virbr0')).toContain('class htb 1:3 ');
  }, 60_000);

  test('is kept by kill -9 of the agent, with its bridge', async () => {
    await create(3, { host: 'host-a' });
    const index = () => /^(\d+): virbr0/.exec(on('host-a', 'ip', 'link', 'show', 'virbr0'))?.[1];
    const [bridge, before] = [index(), fleet.fleet.pidOf('host-agent') ?? 0];
    process.kill(before, 'SIGKILL');
    await vi.waitFor(() => expect([undefined, before]).not.toContain(fleet.fleet.pidOf('host-agent')), patience);
    await vi.waitFor(() => create(4, { host: 'host-a' }), patience);
    expect([index(), await held()]).toEqual([bridge, [1, 2, 3, 4].map((n) => `${mac(n)} host-${n < 3 ? 'b' : 'a'}`)]);
  }, 60_000);

  test('keeps its MAC address from guests, and says how it is given back', async () => {
    await bus().run(contracts.cordonHost, { host: 'host-b' });
    await bus().run(contracts.defineDomain, { xml: guestXml({ name: 'web', interfaces: nic(mac(3)) }) });
    const words = `port ${uuid(3)}, which was made by hand for 'box': net-port-delete lab ${uuid(3)} gives it back`;
    await expect(bus().run(contracts.startDomain, { domain: 'web' })).rejects.toMatchObject({
      code: 'mac_in_use',
      message: expect.stringContaining(words) as string,
    });
    await bus().run(contracts.deleteNetworkPort, { network: 'lab', port: uuid(3) });
    await bus().run(contracts.startDomain, { domain: 'web' });
    expect(await held()).toContain(`${mac(3)} host-a`);
  }, 60_000);

  test("of a guest's interface is not pulled from under the guest", async () => {
    const port = (await ports()).find((each) => each.mac === mac(3))?.uuid ?? '';
    await expect(bus().run(contracts.deleteNetworkPort, { network: 'lab', port })).rejects.toMatchObject({
      code: 'operation_invalid',
      message: expect.stringContaining(`port ${port} is of the interface ${mac(3)} of domain 'web'`) as string,
    });
    expect(await held()).toContain(`${mac(3)} host-a`);
  });

  test('goes when it is deleted, with what was guaranteed to it', async () => {
    await bus().run(contracts.deleteNetworkPort, { network: 'lab', port: uuid(1) });
    await expect(bus().run(contracts.deleteNetworkPort, { network: 'lab', port: uuid(1) })).rejects.toMatchObject({
      code: 'no_network_port',
    });
    await vi.waitFor(() => expect(on('host-b', 'tc', 'class', 'show', 'dev', 'virbr0')).not.toContain('class htb 1:3 '), patience);
    // An entry of the definition is for whoever has the MAC address.
    expect(await held()).not.toContain(`${mac(1)} host-b`);
  });
});

test('where its owner runs it is without a word, and is not its', async () => {
  const { uuid: domain } = await bus().request(contracts.getDomain, { domain: 'web' });
  const xml = `<networkport><uuid>${uuid(5)}</uuid><owner><name>web</name><uuid>${domain}</uuid></owner><mac address='${mac(5)}'/></networkport>`;
  expect(await bus().run(contracts.createNetworkPort, { network: 'lab', xml })).toMatchObject({ hostId: 'host-a' });
  await bus().run(contracts.destroyDomain, { domain: 'web' });
  await vi.waitFor(async () => expect(await held()).toEqual([`${mac(2)} host-b`, `${mac(4)} host-a`, `${mac(5)} host-a`]), patience);
});

test("a device of a host's pool is lent once", async () => {
  for (const link of ['up0', 'up1']) on('host-a', 'ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', `${link}-wire`);
  const known = async () => (await bus().bucket(contracts.hostFacts).get({ hostId: 'host-a' }))?.value.devices?.links;
  await vi.waitFor(async () => expect(await known()).toEqual(expect.arrayContaining(['up0', 'up1'])), patience);
  const xml = "<network><name>pool</name><forward mode='passthrough'><interface dev='up0'/><interface dev='up1'/></forward></network>";
  await bus().run(contracts.createNetwork, { xml });
  const make = (n: number) => create(n, { network: 'pool', host: 'host-a' });
  for (const n of [10, 11]) await make(n);
  await expect(make(12)).rejects.toMatchObject({ code: 'pool_exhausted', libvirt: 1 });
  const devOf = async (n: number) => {
    const { xml: text } = await bus().request(contracts.getNetworkPortXml, { network: 'pool', port: uuid(n) });
    return /dev='(\w+)'/.exec(text)?.[1];
  };
  expect([await devOf(10), await devOf(11)]).toEqual(['up0', 'up1']);
  await bus().run(contracts.deleteNetworkPort, { network: 'pool', port: uuid(10) });
  await make(12);
  expect([await devOf(12), await held('pool')]).toEqual(['up0', [`${mac(11)} host-a`, `${mac(12)} host-a`]]);
});

test('a network that stops takes them all along, on every host', async () => {
  await bus().run(contracts.destroyNetwork, { network: 'lab' });
  const left = async () => {
    const view = await bus().bucket(contracts.portRecords).view();
    const found = view.entries().filter(({ value }) => value.network === 'lab');
    await view.close();
    return found;
  };
  await vi.waitFor(async () => expect(await left()).toEqual([]), patience);
  await vi.waitFor(() => expect([bridges('host-a'), bridges('host-b')]).toEqual([[], []]), patience);
  await bus().run(contracts.startNetwork, { network: 'lab' });
  expect(await ports()).toEqual([]);
});
