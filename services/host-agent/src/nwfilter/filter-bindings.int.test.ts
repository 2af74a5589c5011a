import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BindingRecord } from '@virtbus/contracts';
import { JsonFiles } from '../adapters/json-files.js';
import { Nftables } from '../links/nftables.js';
import { testHost, type TestHost } from '../links/test-host.js';
import { guestOn, type TestMachine } from '../links/test-network.js';
import { HostBoundLinks } from './bound-links.js';
import { FilterBindings, type KeptBinding } from './filter-bindings.js';
import { FilterTables } from './filter-tables.js';
import { HostAddressLearner } from './host-address-learner.js';
import { LinkFilters } from './link-filters.js';
import { TestFilters } from './test-filters.js';
import { arp, BROADCAST, ethernet, RawLink } from './test-frames.js';

const [own, other, peerIp] = ['10.79.3.2', '10.79.3.99', '10.79.3.3'];
const STRANGER = '52:54:00:99:99:99';
const ARP = 0x0806;
/** For a frame to get through a bridge on a loaded machine. */
const SETTLE_MS = 150;
const patience = { timeout: 20_000 };

let host: TestHost;
let box: TestMachine & { readonly link: string };
let peer: TestMachine & { readonly link: string };
let [fromBox, fromPeer]: RawLink[] = [];
let mac: string;
let filters: TestFilters;
const told = new Map<string, BindingRecord>();
const logged: string[] = [];
const log = { log: () => undefined, warn: (text: string) => void logged.push(text), error: (text: string) => void logged.push(text) };

interface Agent {
  readonly bindings: FilterBindings;
  leave(): Promise<void>;
}
let agent: Agent;

/** What a host-agent has of it. */
async function anAgent(): Promise<Agent> {
  const { netns, stateDir } = host.options;
  const learner = await HostAddressLearner.open({ netns, file: join(stateDir, 'learned.json'), log });
  const nftables = new Nftables(netns);
  nftables.guard(50, (words) => void logged.push(words));
  const links = new LinkFilters({ tables: new FilterTables(nftables), source: filters, learner, log });
  const bindings = new FilterBindings({
    hostId: 'host-a',
    filters: links,
    source: filters,
    links: new HostBoundLinks(netns),
    store: await JsonFiles.open<KeptBinding>(join(stateDir, 'bindings')),
    facts: {
      told: () => [...told.keys()],
      has: async (record) => told.set(record.portDev, record).size,
      lost: async (portDev) => void told.delete(portDev),
    },
    newUuid: randomUUID,
    log,
  });
  await bindings.restore();
  const leave = async (): Promise<void> => {
    bindings.close();
    links.close();
    filters.forgetListeners();
    await nftables.close();
  };
  return { bindings, leave };
}

beforeAll(async () => {
  host = testHost();
  host.run('ip', 'link', 'add', 'br0', 'up', 'type', 'bridge');
  [box, peer] = [guestOn(host, 'br0'), guestOn(host, 'br0')];
  for (const machine of [box, peer]) machine.run('ip', 'link', 'set', 'eth0', 'arp', 'off');
  [fromBox, fromPeer] = [RawLink.open(box.netns), RawLink.open(peer.netns)];
  mac = box.run('cat', '/sys/class/net/eth0/address').trim();
  filters = new TestFilters();
  agent = await anAgent();
});
beforeEach(() => void fromPeer?.taken());
afterAll(async () => {
  await agent?.leave();
  fromBox?.close();
  fromPeer?.close();
  box?.remove();
  peer?.remove();
  await host?.remove();
});

const xmlOf = (portDev: string, filter: string, parameters: string): string =>
  `<filterbinding><owner><name>box</name><uuid>${randomUUID()}</uuid></owner><portdev name='${portDev}'/><mac address='${mac}'/>
  <filterref filter='${filter}'>${parameters}</filterref></filterbinding>`;
const address = `<parameter name='IP' value='${own}'/>`;
const make = (filter: string, parameters = '', portDev = box.link) =>
  agent.bindings.make({ portDev, xml: xmlOf(portDev, filter, parameters), by: randomUUID() });
const rules = (): string => host.run('nft', 'list', 'ruleset');
const journal = (): string[] => readdirSync(join(host.options.stateDir, 'bindings'));
const nothing = { rules: false, journal: [], told: [] };
const left = () => ({ rules: rules().includes(box.link.slice(1)), journal: journal(), told: [...told.keys()] });

/** Which questions of the box its neighbour hears. */
async function heard(): Promise<string[]> {
  const frames = {
    'its own': ethernet(BROADCAST, mac, ARP, arp({ mac, ip: own, toIp: peerIp })),
    "another's address": ethernet(BROADCAST, mac, ARP, arp({ mac, ip: other, toIp: peerIp })),
    "another's MAC": ethernet(BROADCAST, STRANGER, ARP, arp({ mac: STRANGER, ip: own, toIp: peerIp })),
  };
  for (const frame of Object.values(frames)) fromBox?.send(frame);
  await sleep(SETTLE_MS);
  const taken = fromPeer?.taken() ?? [];
  return Object.entries(frames).flatMap(([name, frame]) => (taken.some((one) => one.equals(frame)) ? [name] : []));
}
const all = ['its own', "another's address", "another's MAC"];

describe('a link that somebody has made', () => {
  test('says what it likes', async () => expect(await heard()).toEqual(all));

  test('with a filter says no more than that lets pass', async () => {
    await make('clean-traffic', address);
    expect(await heard()).toEqual(['its own']);
    expect(left()).toMatchObject({ rules: true, told: [box.link] });
    expect(journal()).toHaveLength(1);
  });

  test('does so after the agent was away, and all rules were flushed meanwhile', async () => {
    await agent.leave();
    host.run('nft', 'flush', 'ruleset');
    expect(await heard()).toEqual(all);
    agent = await anAgent();
    expect(await heard()).toEqual(['its own']);
    expect(logged).toContain(`the packet filter of ${box.link} was not as it should be`);
  });

  test('is held to its filter while no agent is there', async () => {
    await agent.leave();
    expect(await heard()).toEqual(['its own']);
    agent = await anAgent();
  });

  test('follows a filter that its own takes in', async () => {
    filters.define(`<filter name='no-mac-spoofing' chain='root'/>`);
    filters.define(`<filter name='no-arp-mac-spoofing' chain='root'/>`);
    await vi.waitFor(async () => expect(await heard()).toEqual(['its own', "another's MAC"]), patience);
    filters.define(`<filter name='no-arp-ip-spoofing' chain='root'/>`);
    await vi.waitFor(async () => expect(await heard()).toEqual(all), patience);
  });

  test('has no rules once the filter is taken off, and other filters change nothing', async () => {
    await agent.bindings.remove(box.link);
    filters.define(`<filter name='clean-traffic' chain='root'><rule action='drop' direction='inout'><all/></rule></filter>`);
    expect(await heard()).toEqual(all);
    expect(left()).toEqual(nothing);
  });
});

test('the address of a link is learned from what it says, and holds over a restart of the agent', async () => {
  await make('no-ip-spoofing');
  expect(rules()).not.toContain(own);
  fromBox?.send(ethernet(BROADCAST, mac, ARP, arp({ mac, ip: own, toIp: peerIp })));
  await vi.waitFor(() => expect(rules()).toContain(`ip saddr ${own}`), patience);
  await agent.leave();
  agent = await anAgent();
  expect(rules()).toContain(`ip saddr ${own}`);
  await agent.bindings.remove(box.link);
  expect(left()).toEqual(nothing);
});

/** In the words of libvirt 9.0, but for the link: there it need not be. */
test.each<[string, () => Promise<unknown>, object]>([
  [
    'a filter that there is not',
    () => make('nobody'),
    { code: 'no_nwfilter', libvirt: 1, domain: 33, message: "internal error: referenced filter 'nobody' is missing" },
  ],
  [
    'a filter of which a part is not there',
    () => {
      filters.define(`<filter name='half'><filterref filter='nobody'/></filter>`);
      return make('half');
    },
    { code: 'no_nwfilter', libvirt: 1, message: "internal error: referenced filter 'nobody' is missing" },
  ],
  [
    'variables that stand for nothing',
    () => {
      filters.define(`<filter name='open'><rule action='drop' direction='in'><ip srcipaddr='$FOO'/></rule></filter>`);
      return make('open');
    },
    {
      code: 'operation_failed',
      libvirt: 1,
      message: 'internal error: Cannot instantiate filter due to unresolvable variables or unavailable list elements: FOO',
    },
  ],
  [
    'a way to learn that there is not',
    () => make('no-ip-spoofing', "<parameter name='CTRL_IP_LEARNING' value='frob'/>"),
    {
      ...{ code: 'operation_failed', libvirt: 32 },
      message: "failed to parse configuration file filter 'no-ip-spoofing' learning value 'frob' invalid.",
    },
  ],
  [
    'what cannot be filtered here',
    () => {
      filters.define(`<filter name='odd'><rule action='drop' direction='out'><all ipset='s' ipsetflags='src'/></rule></filter>`);
      return make('odd');
    },
    { code: 'config_unsupported', libvirt: 67 },
  ],
  [
    'a link that there is not, and a filter that there is not',
    () => make('nobody', '', 'veth99'),
    { code: 'operation_failed', message: "operation failed: host 'host-a' has no link 'veth99'" },
  ],
])('%s is refused, and leaves nothing', async (_, act, refusal) => {
  await expect(act()).rejects.toMatchObject(refusal);
  expect(left()).toEqual(nothing);
});

test.each<[string, (link: string) => unknown]>([
  ['is removed', (link) => host.run('ip', 'link', 'delete', link)],
  ['gets another name', (link) => host.run('ip', 'link', 'set', link, 'name', 'elsewhere')],
])('a link that %s takes its filter along', async (_, go) => {
  host.run('ip', 'link', 'add', 'veth7', 'type', 'veth', 'peer', 'name', 'veth7-end');
  await make('no-mac-broadcast', '', 'veth7');
  expect(rules()).toContain('veth7');
  go('veth7');
  await vi.waitFor(() => expect([rules().includes('veth7'), told.size, journal()]).toEqual([false, 0, []]), patience);
  host.run('ip', 'link', 'add', 'veth7', 'type', 'bridge');
  await agent.bindings.look();
  expect(rules()).not.toContain('veth7');
  host.run('ip', 'link', 'delete', 'veth7');
});

test('lo has a filter like any other link', async () => {
  await make('no-mac-broadcast', '', 'lo');
  expect(rules()).toContain('"lo"');
  await agent.bindings.remove('lo');
  expect(rules()).not.toContain('"lo"');
});
