import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as contracts from '@virtbus/contracts';
import { SerialConsole } from '../../tools/guest/serial-console.ts';
import { guestXml, nic } from './guest-definitions.js';
import { Neighbour } from './neighbour.js';
import { TestFleet } from './test-fleet.js';

const mac = { first: '52:54:00:00:7b:01', plugged: '52:54:00:00:7b:02' } as const;
const NEIGHBOUR = '10.7.0.2';
const labXml = `<network><name>lab</name><bridge name='virbr0' macTableManager='libvirt'/>
  <bandwidth><inbound average='2000' burst='64'/></bandwidth>
  <ip address='10.7.0.1' netmask='255.255.255.0'><dhcp><range start='10.7.0.10' end='10.7.0.99'/></dhcp></ip></network>`;
const ports = Array.from({ length: 6 }, (_, at) => `<controller type='pci' index='${at + 1}' model='pcie-root-port'/>`).join('');
const KILO = 1000;
const carriedBytes = 400 * KILO;

let fleet: TestFleet;
let guest: SerialConsole;
let neighbour: Neighbour;

beforeAll(async () => {
  fleet = await TestFleet.start({ separate: true });
  await fleet.bus.run(contracts.defineNetwork, { xml: labXml });
  await fleet.bus.run(contracts.startNetwork, { network: 'lab' });
  const limits = "<bandwidth><inbound average='100' burst='16' floor='500'/><outbound average='150' burst='16'/></bandwidth>";
  const xml = guestXml({ name: 'g', interfaces: nic(mac.first, { extra: limits }), devices: ports });
  const { uuid } = await fleet.bus.run(contracts.defineDomain, { xml });
  await fleet.bus.run(contracts.startDomain, { domain: 'g', paused: true });
  neighbour = await Neighbour.join(fleet, { bridge: 'virbr0', address: `${NEIGHBOUR}/24`, bytes: carriedBytes });
  guest = await SerialConsole.connect(join(fleet.stateDir, 'host', 'run', uuid, 'serial0.sock'));
  await fleet.bus.run(contracts.resumeDomain, { domain: 'g' });
  await guest.waitFor(/up eth0 10\.7\.0\.\d+\r/, 60_000);
}, 120_000);
afterAll(async () => {
  guest?.close();
  neighbour?.leave();
  await fleet?.stop();
});

const xmlOf = async () => (await fleet.bus.request(contracts.getDomainXml, { domain: 'g' })).xml;
const tune = (device: string, tuning: Omit<contracts.InterfaceTuning, 'device'>) =>
  fleet.bus.run(contracts.tuneInterface, { domain: 'g', tuning: { device, ...tuning }, live: true });
const tc = (...words: string[]) => fleet.inHost('tc', ...words);
const classes = (link: string) => tc('class', 'show', 'dev', link);
const shaped = () => [tc('qdisc', 'show'), fleet.inHost('ip', '-br', 'link', 'show', 'type', 'ifb')].join('');

/** Bytes a second that get through to the guest and from it. */
const call = (port: number) => `nc ${NEIGHBOUR} ${port}`;
const inward = () => neighbour.carried('in', async () => guest.type(`${call(7001)} </dev/null >/dev/null; ${call(7002)} </dev/null`));
const outward = () => neighbour.carried('out', async () => guest.type(`head -c ${carriedBytes} /dev/zero | ${call(7003)} >/dev/null`));
/** A burst lets a little more through; however slow the machine is, less shows nothing of a limit. */
const atMost = (kilobytes: number) => kilobytes * KILO * 1.2;

test('a guest carries what its definition lets it, each way, and its link and bridge are shaped as libvirt shapes them', async () => {
  expect(classes('vnet0')).toMatch(/class htb 1:1 root .*rate 800Kbit ceil 800Kbit burst 16Kb/);
  expect(tc('qdisc', 'show', 'dev', 'vnet0')).toContain('qdisc ingress ffff:');
  expect(classes('virbr0')).toMatch(/class htb 1:1 root rate 16Mbit ceil 16Mbit burst 64Kb/);
  expect(classes('virbr0')).toMatch(/class htb 1:2 parent 1:1 .*rate 12Mbit ceil 16Mbit/);
  expect(classes('virbr0')).toMatch(/class htb 1:3 parent 1:1 .*rate 4Mbit ceil 16Mbit/);
  expect(await inward()).toBeLessThan(atMost(100));
  expect(await outward()).toBeLessThan(atMost(150));
});

test('limits are changed while the guest runs, told, and kept when the agent dies and others meddle meanwhile', async () => {
  await tune('vnet0', { inbound: { average: 300, burst: 16, floor: 800 }, outbound: { average: 200, burst: 16 } });
  expect(await xmlOf()).toMatch(/<inbound average='300' floor='800' burst='16'\/>\s*<outbound average='200' burst='16'\/>/);
  const before = [classes('vnet0'), classes('virbr0'), shaped()];
  expect(before[1]).toMatch(/class htb 1:3 parent 1:1 .*rate 6400Kbit/);
  const pid = fleet.fleet.pidOf('host-agent') ?? 0;
  process.kill(pid, 'SIGSTOP');
  tc('qdisc', 'del', 'dev', 'vnet0', 'root');
  tc('qdisc', 'del', 'dev', 'vnet0', 'ingress');
  tc('qdisc', 'del', 'dev', 'virbr0', 'root');
  process.kill(pid, 'SIGKILL');
  const now = () => [classes('vnet0'), classes('virbr0'), shaped()].map((text) => text.replaceAll(/ refcnt \d+/g, ''));
  await vi.waitFor(() => expect(now()).toEqual(before.map((text) => text.replaceAll(/ refcnt \d+/g, ''))), {
    timeout: 30_000,
    interval: 100,
  });
  const rate = await inward();
  expect(rate).toBeGreaterThan(KILO * 110);
  expect(rate).toBeLessThan(atMost(300));
  expect(await outward()).toBeLessThan(atMost(200));
});

test('more than the network lets in is promised to nobody, and changes nothing', async () => {
  const before = [await xmlOf(), classes('virbr0')];
  const plugged = nic(mac.plugged, { extra: "<bandwidth><inbound average='1' floor='1300'/></bandwidth>" });
  await expect(fleet.bus.run(contracts.attachDevice, { domain: 'g', xml: plugged })).rejects.toMatchObject({
    code: 'operation_invalid',
    libvirt: 55,
    message: expect.stringContaining('would overcommit average=2000'),
  });
  await expect(tune(mac.first, { inbound: { average: 1, floor: 2001 } })).rejects.toMatchObject({ libvirt: 55 });
  expect([await xmlOf(), classes('virbr0')]).toEqual(before);
});

test('a plugged interface has limits and floor of its own, and takes them along', async () => {
  const limits = "<bandwidth><inbound average='50' floor='1000'/><outbound average='60'/></bandwidth>";
  await fleet.bus.run(contracts.attachDevice, { domain: 'g', xml: nic(mac.plugged, { extra: limits }) });
  const { interfaces } = await fleet.bus.request(contracts.getDomain, { domain: 'g' });
  const link = interfaces[1]?.target ?? '';
  expect(classes(link)).toMatch(/rate 400Kbit/);
  expect(classes('virbr0')).toMatch(/class htb 1:4 parent 1:1 .*rate 8Mbit/);
  await guest.waitFor(/up eth1/, 60_000);
  await fleet.bus.run(contracts.detachDevice, { domain: 'g', xml: nic(mac.plugged) });
  await vi.waitFor(() => expect(shaped()).not.toContain(link), { timeout: 30_000, interval: 100 });
  await vi.waitFor(() => expect(classes('virbr0')).not.toContain('1:4'), { timeout: 10_000, interval: 100 });
});

test('a guest that is freed of its limits is, and nothing is left of them', async () => {
  await tune('vnet0', { inbound: { average: 0 }, outbound: { average: 0 } });
  expect(await inward()).toBeGreaterThan(atMost(300));
  expect(shaped()).not.toMatch(/vnet0.*htb|htb.*vnet0|ifb-vnet0/);
  expect(classes('virbr0')).not.toContain('1:3');
  await fleet.bus.run(contracts.destroyDomain, { domain: 'g' });
});
