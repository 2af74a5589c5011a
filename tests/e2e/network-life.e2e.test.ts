import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { startApi } from '@virtbus/api';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { startAgent } from './guest-agent.ts';
import { guestXml, nic } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

const mac = '52:54:00:00:0a:01';
const networkUuid = '0a1b2c3d-0000-4000-8000-00000000cafe';
const labXml = `<network><name>lab</name><uuid>${networkUuid}</uuid><forward mode='nat'/><bridge name='virbr0'/><domain name='lab.test'/>
  <ip address='10.7.0.1' netmask='255.255.255.0'><dhcp><range start='10.7.0.10' end='10.7.0.99'/><host mac='52:54:00:00:0f:01' ip='10.7.0.5' name='fixed'/></dhcp></ip>
  </network>`;
let fleet: TestFleet;
const bus = () => fleet.bus;
const update = (section: contracts.UpdateNetwork['section'], xml: string, more: Partial<contracts.UpdateNetwork> = {}) =>
  bus().run(contracts.updateNetwork, { network: 'lab', command: 'add-last', section, xml, live: true, config: true, ...more });
const dnsmasq = (): string => fleet.hostProcesses().find((pid) => fleet.inHost('cat', `/proc/${pid}/comm`).trim() === 'dnsmasq') ?? '';
const lookUp = (name: string): string => fleet.inHost('busybox', 'nslookup', '-type=a', name, '10.7.0.1');

/** The host looks at what it has once per batch of changes, and the fleet goes by what it has told. */
const untilTold = (are: (links: readonly string[]) => boolean): Promise<void> =>
  vi.waitFor(async () => {
    const facts = await bus().bucket(contracts.hostFacts).get({ hostId: 'host-a' });
    expect(are(facts?.value.devices?.links ?? [])).toBe(true);
  }, 10_000);

beforeAll(async () => {
  fleet = await TestFleet.start();
  await bus().run(contracts.defineNetwork, { xml: labXml });
  await bus().run(contracts.startNetwork, { network: 'lab' });
  const agent = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>";
  await bus().run(contracts.defineDomain, { xml: guestXml({ name: 'web', interfaces: nic(mac), devices: agent }) });
  await bus().run(contracts.startDomain, { domain: 'web' });
}, 120_000);
afterAll(() => fleet?.stop());

describe('a guest on a network', () => {
  test('has the address that netd gave, from DHCP and as its host has seen it, and its name resolves', async () => {
    const { interfaces } = await bus().request(contracts.getDomain, { domain: 'web' });
    const given = interfaces[0]?.port?.addresses?.[0]?.address ?? '';
    const addresses = (source: contracts.AddressSource) =>
      bus().request(contracts.getDomainAddresses, { domain: 'web', source }, { timeoutMs: 20_000 });
    await vi.waitFor(
      async () => {
        const expected = { name: 'vnet0', mac, addresses: [{ family: 'ipv4', address: given, prefix: 24 }] };
        expect((await addresses('lease')).interfaces).toEqual([expected]);
      },
      { timeout: 40_000, interval: 200 },
    );
    await vi.waitFor(() => fleet.inHost('busybox', 'ping', '-c', '1', '-W', '1', given), { timeout: 10_000, interval: 200 });
    expect((await addresses('arp')).interfaces).toMatchObject([
      { mac, addresses: expect.arrayContaining([{ family: 'ipv4', address: given, prefix: 0 }]) },
    ]);
    for (const name of ['web', 'web.lab.test']) expect(lookUp(name)).toContain(given);
  });

  test('is asked through its agent, which is not there, for no longer than its time', async () => {
    const asked = bus().request(contracts.getDomainAddresses, { domain: 'web', source: 'agent' }, { timeoutMs: 20_000 });
    await expect(asked).rejects.toMatchObject({ code: 'agent_unresponsive', libvirt: 86 });
  }, 20_000);

  test('is where its agent says, once there is one', async () => {
    const { uuid, interfaces } = await bus().request(contracts.getDomain, { domain: 'web' });
    const console = await SerialConsole.connect(join(fleet.stateDir, 'host', 'run', uuid, 'serial0.sock'));
    await startAgent(console);
    const answer = () => bus().request(contracts.getDomainAddresses, { domain: 'web', source: 'agent' }, { timeoutMs: 20_000 });
    const found = await vi.waitFor(answer, { timeout: 30_000, interval: 200 });
    console.close();
    const address = interfaces[0]?.port?.addresses?.[0]?.address;
    expect(found.interfaces).toEqual([
      { name: 'eth0', mac, addresses: [{ family: 'ipv4', address, prefix: 24 }] },
      { name: 'lo', mac: '00:00:00:00:00:00', addresses: [{ family: 'ipv4', address: '127.0.0.1', prefix: 8 }] },
    ]);
  });

  test('is a port with XML, and a connection of its network', async () => {
    const { ports } = await bus().request(contracts.listNetworkPorts, { network: 'lab' });
    expect(ports).toMatchObject([{ mac, domainName: 'web', hostId: 'host-a' }]);
    const { xml } = await bus().request(contracts.getNetworkPortXml, { network: 'lab', port: ports[0]!.uuid });
    expect(xml).toContain(`<mac address='${mac}'/>`);
    expect(xml).toContain("<plug type='network' bridge='virbr0'");
    const live = (await bus().request(contracts.getNetworkXml, { network: 'lab' })).xml;
    expect(live).toMatch(/^<network connections='1'>/);
    expect(live).toContain("<port start='1024' end='65535'/>");
    expect((await bus().request(contracts.getNetworkXml, { network: 'lab', inactive: true })).xml).not.toContain('connections');
    const unknown = bus().request(contracts.getNetworkPortXml, { network: 'lab', port: networkUuid });
    await expect(unknown).rejects.toMatchObject({ code: 'no_network_port', libvirt: 107 });
  });
});

describe('net-update of an active network', () => {
  test('adds and takes away hosts and names without a restart of dnsmasq', async () => {
    const before = dnsmasq();
    await update('dns-host', "<host ip='10.7.0.77'><hostname>printer</hostname></host>");
    await vi.waitFor(() => expect(lookUp('printer')).toContain('10.7.0.77'), { timeout: 30_000, interval: 50 });
    await update('ip-dhcp-host', "<host mac='52:54:00:00:0f:02' ip='10.7.0.6' name='second'/>");
    await vi.waitFor(
      () => expect(fleet.inHost('cat', `${fleet.stateDir}/host/dnsmasq/lab.hostsfile`)).toContain('10.7.0.6,second'),
      30_000,
    );
    await update('dns-host', "<host ip='10.7.0.77'/>", { command: 'delete' });
    await vi.waitFor(() => expect(() => lookUp('printer')).toThrow(), { timeout: 30_000, interval: 50 });
    expect(dnsmasq()).toBe(before);
  });

  test('restarts dnsmasq for a range, and leaves ports alone for a port group', async () => {
    const before = dnsmasq();
    await update('portgroup', "<portgroup name='slow' default='yes'/>");
    await update('ip-dhcp-range', "<range start='10.7.0.100' end='10.7.0.110'/>");
    await vi.waitFor(
      () => expect(fleet.inHost('cat', `${fleet.stateDir}/host/dnsmasq/lab.conf`)).toContain('dhcp-range=10.7.0.100,static'),
      30_000,
    );
    await vi.waitFor(() => expect(dnsmasq()).not.toBe(before), 30_000);
    expect((await bus().request(contracts.listNetworkPorts, { network: 'lab' })).ports).toHaveLength(1);
  });

  test('of a host entry for a guest that runs gives the guest the address of the entry', async () => {
    await update('ip-dhcp-host', `<host mac='${mac}' ip='10.7.0.8'/>`);
    await vi.waitFor(
      () => expect(fleet.inHost('cat', `${fleet.stateDir}/host/dnsmasq/lab.hostsfile`)).toContain(`${mac},10.7.0.8`),
      30_000,
    );
    await vi.waitFor(() => expect(lookUp('web')).toContain('10.7.0.8'), { timeout: 30_000, interval: 50 });
  });
});

test("a bridge of the host is used and left as it is, and a pool's links are lent evenly, and counted", async () => {
  fleet.inHost('ip', 'link', 'add', 'br9', 'address', '52:54:00:00:09:09', 'up', 'type', 'bridge', 'ageing_time', '12300');
  for (const link of ['up0', 'up1']) {
    fleet.inHost('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', `${link}-wire`);
    fleet.inHost('ip', 'link', 'set', link, 'up');
  }
  await untilTold((links) => ['up0', 'up1'].every((link) => links.includes(link)));
  const pool = "<forward mode='bridge'><interface dev='up0'/><interface dev='up1'/></forward>";
  for (const xml of [
    "<network><name>outer</name><forward mode='bridge'/><bridge name='br9'/></network>",
    `<network><name>pool</name>${pool}</network>`,
  ])
    await bus().run(contracts.defineNetwork, { xml });
  const networks = ['outer', 'pool'];
  await Promise.all(networks.map((network) => bus().run(contracts.startNetwork, { network })));
  // But for a timer that runs, and what the kernel works out of its ports.
  const settings = () => fleet.inHost('ip', '-d', 'link', 'show', 'br9').replaceAll(/(gc_timer|tso_max_size) +\S+/g, '');
  const before = settings();
  const interfaces = ['outer', 'pool', 'pool'].map((network, n) => nic(`52:54:00:00:0c:0${n}`, { network })).join('');
  await bus().run(contracts.defineDomain, { xml: guestXml({ name: 'g', interfaces, memoryMiB: 64 }) });
  await bus().run(contracts.startDomain, { domain: 'g', paused: true });
  const linkOf = async (n: number) => (await bus().request(contracts.getDomain, { domain: 'g' })).interfaces[n]?.target ?? '';
  expect(JSON.parse(fleet.inHost('ip', '-j', 'link', 'show', await linkOf(0)))).toMatchObject([{ master: 'br9' }]);
  const below = (JSON.parse(fleet.inHost('ip', '-j', 'link', 'show', 'type', 'macvtap')) as { readonly link: string }[]).map(
    ({ link }) => link,
  );
  expect(below.toSorted()).toEqual(['up0', 'up1']);
  const xmlOf = async (network: string) => (await bus().request(contracts.getNetworkXml, { network })).xml;
  expect(await xmlOf('outer')).toMatch(/^<network connections='1'>/);
  expect(await xmlOf('pool')).toMatch(
    /^<network connections='2'>[^]*<interface dev='up0' connections='1'\/>\s*<interface dev='up1' connections='1'\/>/,
  );
  await bus().run(contracts.destroyDomain, { domain: 'g' });
  await vi.waitFor(async () => expect(await xmlOf('pool')).not.toContain('connections'), 10_000);
  await Promise.all(networks.map((network) => bus().run(contracts.destroyNetwork, { network })));
  await Promise.all(networks.map((network) => bus().run(contracts.undefineNetwork, { network })));
  expect(settings()).toBe(before);
}, 60_000);

test('rules that somebody has flushed are there again, and that is said', async () => {
  const rules = () => fleet.inHost('nft', '-s', 'list', 'ruleset');
  const before = rules();
  expect(before).toContain('masquerade');
  fleet.inHost('nft', 'flush', 'ruleset');
  await vi.waitFor(() => expect(rules()).toBe(before), { timeout: 30_000, interval: 200 });
  fleet.inHost('nft', 'flush', 'chain', 'inet', 'virtbus_virbr0', 'forward');
  await vi.waitFor(() => expect(rules()).toBe(before), { timeout: 30_000, interval: 200 });
}, 70_000);

test('a network that is stopped under its guests leaves them running, without it, as under libvirt', async () => {
  await bus().run(contracts.destroyNetwork, { network: 'lab' });
  await vi.waitFor(() => expect(fleet.inHost('ip', '-br', 'link')).not.toContain('virbr0'), 30_000);
  expect((await bus().request(contracts.getDomain, { domain: 'web' })).state).toBe('running');
  expect(fleet.inHost('ip', '-j', 'link', 'show', 'vnet0')).not.toContain('master');
  await expect(bus().request(contracts.listNetworkPorts, { network: 'lab' })).rejects.toMatchObject({ libvirt: 55 });
  await bus().run(contracts.startNetwork, { network: 'lab' });
  await vi.waitFor(async () => expect((await bus().request(contracts.listNetworkPorts, { network: 'lab' })).ports).toEqual([]), 30_000);
  await bus().run(contracts.destroyDomain, { domain: 'web' });
  await bus().run(contracts.startDomain, { domain: 'web' });
  const [plugged] = (await bus().request(contracts.getDomain, { domain: 'web' })).interfaces;
  await vi.waitFor(() => expect(fleet.inHost('ip', '-j', 'link', 'show', plugged?.target ?? '')).toContain('"master":"virbr0"'), 30_000);
  expect((await bus().request(contracts.listNetworkPorts, { network: 'lab' })).ports).toHaveLength(1);
});

test('a network is given no bridge that a host has of its own', async () => {
  fleet.inHost('ip', 'link', 'add', 'virbr1', 'type', 'bridge');
  await untilTold((links) => links.includes('virbr1'));
  await bus().run(contracts.defineNetwork, { xml: '<network><name>beside</name></network>' });
  expect((await bus().request(contracts.getNetworkXml, { network: 'beside' })).xml).toContain("<bridge name='virbr2'");
  await bus().run(contracts.undefineNetwork, { network: 'beside' });
  fleet.inHost('ip', 'link', 'delete', 'virbr1');
  await untilTold((links) => !links.includes('virbr1'));
});

test('networks that are defined at once by several apis get different bridges, the lowest there are', async () => {
  const more = [await startApi({ servers: fleet.fleet.url, signals: false }), await startApi({ servers: fleet.fleet.url, signals: false })];
  try {
    const names = Array.from({ length: 30 }, (_, n) => `many${n}`);
    await Promise.all(names.map((name) => bus().run(contracts.defineNetwork, { xml: `<network><name>${name}</name></network>` })));
    const bridges = async () => (await bus().request(contracts.listNetworks, {})).networks.map(({ bridge = '' }) => bridge);
    const expected = Array.from({ length: 31 }, (_, n) => `virbr${n}`);
    await vi.waitFor(async () => expect((await bridges()).toSorted()).toEqual(expected.toSorted()), 30_000);
    await Promise.all(names.map((network) => bus().run(contracts.undefineNetwork, { network })));
    await vi.waitFor(async () => expect(await bridges()).toEqual(['virbr0']), 30_000);
  } finally {
    for (const each of more) await each.close();
  }
}, 60_000);
