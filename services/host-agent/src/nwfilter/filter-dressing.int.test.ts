import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Port } from '@virtbus/contracts';
import { parseInterface } from '@virtbus/libvirt-xml';
import type { Connection } from '../interfaces/connection.js';
import { testHost, type TestHost } from '../links/test-host.js';
import { guestOn, type TestMachine } from '../links/test-network.js';
import { FilterDressing } from './filter-dressing.js';
import { Nftables } from '../links/nftables.js';
import { FilterTables } from './filter-tables.js';
import { HostAddressLearner } from './host-address-learner.js';
import { LinkFilters } from './link-filters.js';
import { TestFilters } from './test-filters.js';
import { arp, BROADCAST, ethernet, RawLink } from './test-frames.js';

let host: TestHost;
let guest: TestMachine & { readonly link: string };
let links: LinkFilters;
let dressing: FilterDressing;
let nftables: Nftables | undefined;
let line: RawLink;
let mac: string;
const logged: string[] = [];
const log = { log: () => undefined, warn: (text: string) => void logged.push(text), error: (text: string) => void logged.push(text) };

let filters: TestFilters;
const file = (): string => join(host.options.stateDir, 'learned.json');

async function dress(): Promise<FilterDressing> {
  const learner = await HostAddressLearner.open({ netns: host.options.netns, file: file(), log });
  nftables = new Nftables(host.options.netns);
  nftables.guard(50, (words) => void logged.push(words));
  links = new LinkFilters({ tables: new FilterTables(nftables), source: filters, learner, log });
  return new FilterDressing(links, { unlessBound: (_, act) => act() });
}

async function leave(): Promise<void> {
  links.close();
  filters.forgetListeners();
  await nftables?.close();
}

beforeAll(async () => {
  host = testHost();
  host.run('ip', 'link', 'add', 'br0', 'up', 'type', 'bridge');
  guest = guestOn(host, 'br0');
  line = RawLink.open(guest.netns);
  mac = guest.run('cat', '/sys/class/net/eth0/address').trim();
  filters = new TestFilters();
  dressing = await dress();
});
afterAll(async () => {
  await leave();
  line.close();
  guest.remove();
  await host.remove();
});

const connection = (filterref: string, kind = 'bridge'): Connection => ({
  owner: { uuid: '81ff0d90-c91e-6742-64da-4a736edb9a9b', name: 'web', type: 'qemu', directory: '/run' },
  net: parseInterface(`<interface type='bridge'><mac address='${mac}'/><source bridge='br0'/>${filterref}</interface>`),
  alias: 'net0',
  mac,
  kind,
  target: guest.link,
});
const rules = (): string => host.run('nft', 'list', 'ruleset');
const clean = "<filterref filter='clean-traffic'/>";

test.each<[string, string, string, object]>([
  [
    'an unknown filter',
    "<filterref filter='nope'/>",
    'bridge',
    { code: 'no_nwfilter', libvirt: 62, message: "Network filter not found: no nwfilter with matching name 'nope'" },
  ],
  ['a connection without frames', clean, 'hostdev', { code: 'config_unsupported', message: expect.stringContaining('of type hostdev') }],
  [
    'an address that nobody may say',
    "<filterref filter='clean-traffic'><parameter name='CTRL_IP_LEARNING' value='none'/></filterref>",
    'bridge',
    { code: 'operation_failed', libvirt: 1, message: expect.stringContaining('unavailable list elements: IP') },
  ],
  [
    'an unknown way to learn',
    "<filterref filter='clean-traffic'><parameter name='CTRL_IP_LEARNING' value='odd'/></filterref>",
    'bridge',
    { code: 'operation_failed' },
  ],
])('a guest with %s is not started', async (_, filterref, kind, refusal) => {
  await expect(dressing.apply(connection(filterref, kind))).rejects.toMatchObject(refusal);
  expect(rules()).not.toContain(guest.link.slice(1));
});

test('an address is learned from what the guest says, and holds over a restart of the agent', async () => {
  await dressing.apply(connection(clean));
  expect(rules()).not.toContain('10.79.1.5');
  line.send(ethernet(BROADCAST, mac, 0x0806, arp({ mac, ip: '10.79.1.5', toIp: '10.79.1.1' })));
  await vi.waitFor(() => expect(rules()).toContain('ip saddr 10.79.1.5'), { timeout: 20_000 });
  await vi.waitFor(() => expect(readFileSync(file(), 'utf8')).toContain('10.79.1.5'), { timeout: 20_000 });
  await leave();
  dressing = await dress();
  expect(await dressing.reconcile(connection(clean))).toEqual([]);
  expect(rules()).toContain('ip saddr 10.79.1.5');
});

test('what others have changed while the agent was away is put right, and said', async () => {
  await leave();
  host.run('nft', 'flush', 'ruleset');
  dressing = await dress();
  expect(await dressing.reconcile(connection(clean))).toEqual([`the packet filter of ${guest.link} was not as it should be`]);
  host.run('nft', 'flush', 'ruleset');
  await vi.waitFor(() => expect(rules()).toContain('ip saddr 10.79.1.5'), { timeout: 20_000 });
  await vi.waitFor(() => expect(logged.join()).toContain('was changed by somebody'), { timeout: 20_000 });
});

test('a filter that is defined anew is followed, and one that cannot be applied leaves the old rules', async () => {
  filters.define(
    `<filter name='no-arp-mac-spoofing' chain='arp-mac'><rule action='drop' direction='out'><arp opcode='7'/></rule></filter>`,
  );
  await vi.waitFor(() => expect(rules()).toMatch(/@nh,48,16 (?:0x)?7|arp operation 7/), { timeout: 20_000 });
  const before = rules();
  filters.define(
    `<filter name='no-arp-mac-spoofing'><rule action='drop' direction='out'><all ipset='s' ipsetflags='src'/></rule></filter>`,
  );
  await vi.waitFor(() => expect(logged.join()).toContain('stays as it was'), { timeout: 20_000 });
  expect(rules()).toBe(before);
});

test('without definitions the rules that are there go on', async () => {
  filters.known = false;
  const before = rules();
  expect(await dressing.reconcile(connection(clean))).toEqual([]);
  expect(rules()).toBe(before);
  await expect(dressing.apply(connection(clean))).rejects.toMatchObject({ code: 'service_unreachable' });
  filters.known = true;
});

test('an interface whose filter is taken off has no rules', async () => {
  await dressing.update(connection(clean), connection("<filterref filter='no-mac-broadcast'/>"));
  expect(rules()).not.toContain('10.79.1.5');
  await dressing.update(connection("<filterref filter='no-mac-broadcast'/>"), connection(''));
  expect(rules()).not.toContain(guest.link.slice(1));
  await dressing.remove(connection(''));
});

test('a guest may say the address that netd gives it while it runs, and for a while the one before, also after a restart', async () => {
  const port: Port = {
    id: '4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11',
    network: 'lab',
    networkUuid: '81ff0d90-c91e-6742-64da-4a736edb9a9c',
    mac,
    addresses: [{ family: 'ipv4', address: '10.79.2.5' }],
    actual: { type: 'network', bridge: 'br0', isolated: false, trustGuestRxFilters: false },
  };
  const granted = { ...connection("<filterref filter='no-ip-spoofing'/>"), port };
  await dressing.apply(granted);
  expect(rules()).toContain('ip saddr 10.79.2.5');
  const ports = [{ mac, addresses: [{ family: 'ipv4' as const, address: '10.79.2.8' }] }];
  links.addressed(port.networkUuid, ports);
  await vi.waitFor(() => expect(rules()).toContain('ip saddr 10.79.2.8'), { timeout: 20_000 });
  expect(rules()).toContain('ip saddr 10.79.2.5');
  await leave();
  dressing = await dress();
  links.addressed(port.networkUuid, ports);
  await dressing.reconcile(granted);
  expect(rules()).toContain('ip saddr 10.79.2.8');
  await dressing.remove(granted);
});
