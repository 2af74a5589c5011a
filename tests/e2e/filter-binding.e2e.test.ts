/** Filters that somebody puts by hand on links of a fleet's two hosts, which virtbus has not made. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHostAgent } from '@virtbus/host-agent';
import * as contracts from '@virtbus/contracts';
import type { RunningService } from '@virtbus/messaging';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { arp, BROADCAST, ethernet, RawLink } from '../../services/host-agent/src/nwfilter/test-frames.js';
import { guestXml, nic } from './guest-definitions.js';
import { TestFleet } from './test-fleet.js';

const [own, other, peerIp] = ['10.79.4.2', '10.79.4.99', '10.79.4.3'];
const STRANGER = '52:54:00:99:99:99';
const owner = '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f0f1';
const LINK = 'veth0';
const filterXml = (inner: string): string => `<filter name='mine'><uuid>9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f0f2</uuid>${inner}</filter>`;
const SETTLE_MS = 150;
const patience = { timeout: 30_000, interval: 100 };

/** A bridge of a host with a box and its neighbour, whom somebody else has put there. */
class Site {
  private constructor(
    readonly netns: string,
    private readonly box: RawLink,
    private readonly peer: RawLink,
    readonly mac: string,
  ) {}

  static on(netns: string): Site {
    ip('-n', netns, 'link', 'add', 'br0', 'up', 'type', 'bridge');
    for (const [machine, link] of Object.entries({ box: LINK, peer: 'out0' })) {
      ip('netns', 'add', `${netns}-${machine}`);
      ip('-n', netns, 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', `${netns}-${machine}`);
      ip('-n', netns, 'link', 'set', link, 'master', 'br0', 'up');
      ip('-n', `${netns}-${machine}`, 'link', 'set', 'eth0', 'arp', 'off', 'up');
    }
    const mac = ip('netns', 'exec', `${netns}-box`, 'cat', '/sys/class/net/eth0/address').trim();
    return new Site(netns, RawLink.open(`${netns}-box`), RawLink.open(`${netns}-peer`), mac);
  }

  /** Which questions of the box its neighbour hears. */
  async heard(): Promise<string[]> {
    const { mac } = this;
    const frames = {
      'its own': ethernet(BROADCAST, mac, 0x0806, arp({ mac, ip: own, toIp: peerIp })),
      "another's address": ethernet(BROADCAST, mac, 0x0806, arp({ mac, ip: other, toIp: peerIp })),
      "another's MAC": ethernet(BROADCAST, STRANGER, 0x0806, arp({ mac: STRANGER, ip: own, toIp: peerIp })),
    };
    this.peer.taken();
    for (const frame of Object.values(frames)) this.box.send(frame);
    await sleep(SETTLE_MS);
    const taken = this.peer.taken();
    return Object.entries(frames).flatMap(([name, frame]) => (taken.some((one) => one.equals(frame)) ? [name] : []));
  }

  rules(): string {
    return ip('netns', 'exec', this.netns, 'nft', 'list', 'ruleset');
  }

  leave(): void {
    this.box.close();
    this.peer.close();
    for (const machine of ['box', 'peer']) ip('netns', 'delete', `${this.netns}-${machine}`);
  }
}
const ip = (...args: readonly string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
const all = ['its own', "another's address", "another's MAC"];

let fleet: TestFleet;
let second: { readonly netns: string; readonly stateDir: string; agent?: RunningService };
let [a, b]: Site[] = [];

beforeAll(async () => {
  fleet = await TestFleet.start({ separate: true });
  second = { netns: `${fleet.netns}-b`, stateDir: await mkdtemp(join(tmpdir(), 'vbt-')) };
  ip('netns', 'add', second.netns);
  second.agent = await startHostAgent({ ...second, servers: fleet.fleet.url, signals: false, hostId: 'host-b' });
  [a, b] = [Site.on(fleet.netns), Site.on(second.netns)];
  await fleet.bus.run(contracts.defineNwfilter, { xml: filterXml("<filterref filter='no-arp-mac-spoofing'/>") });
  await vi.waitFor(async () => expect((await fleet.bus.request(contracts.listHosts, {})).hosts).toHaveLength(2), patience);
}, 120_000);
afterAll(async () => {
  a?.leave();
  b?.leave();
  await second?.agent?.close();
  if (second) {
    ip('netns', 'delete', second.netns);
    await rm(second.stateDir, { recursive: true, force: true });
  }
  await fleet?.stop();
});

const xmlOf = (
  more: { readonly portDev?: string; readonly host?: string; readonly owner?: string; readonly filter?: string } = {},
): string =>
  `<filterbinding><owner><name>box</name><uuid>${more.owner ?? owner}</uuid></owner><portdev name='${more.portDev ?? LINK}'/><mac address='${a?.mac}'/>
  <filterref filter='${more.filter ?? 'mine'}'/>${more.host === undefined ? '' : `<virtbus:placement xmlns:virtbus="urn:virtbus:nwfilter-binding:1" host="${more.host}"/>`}</filterbinding>`;
const create = (xml: string, hostId?: string) =>
  fleet.bus.run(contracts.createNwfilterBinding, { xml, ...(hostId === undefined ? {} : { hostId }) });
const remove = (portDev: string, hostId?: string) =>
  fleet.bus.run(contracts.deleteNwfilterBinding, { portDev, ...(hostId === undefined ? {} : { hostId }) });
const shown = async (hostId?: string): Promise<string> =>
  (await fleet.bus.request(contracts.getNwfilterBindingXml, { portDev: LINK, ...(hostId === undefined ? {} : { hostId }) })).xml;
const listed = async (): Promise<string[]> =>
  (await fleet.bus.request(contracts.listNwfilterBindings, {})).bindings.map(({ hostId, portDev }) => `${hostId} ${portDev}`);
const define = (inner: string) => fleet.bus.run(contracts.defineNwfilter, { xml: filterXml(inner) });
const heard = async (): Promise<string[] | undefined> => a?.heard();

describe('a link of one of two hosts', () => {
  test('is not guessed', async () => {
    await expect(create(xmlOf())).rejects.toMatchObject({ code: 'invalid_argument', message: expect.stringContaining('host-a, host-b') });
    await expect(create(xmlOf({ host: 'host-c' }))).rejects.toMatchObject({ code: 'no_host' });
  });

  test('has the filter once it is put there, and its XML says where', async () => {
    expect(await heard()).toEqual(all);
    expect(await create(xmlOf({ host: 'host-a' }))).toEqual({ hostId: 'host-a', portDev: LINK, filter: 'mine' });
    expect(await heard()).toEqual(['its own', "another's address"]);
    expect(await listed()).toEqual([`host-a ${LINK}`]);
    expect(await shown()).toContain(`host="host-a"/>\n</filterbinding>`);
    expect(await b?.heard()).toEqual(all);
  });

  test('has one alone', async () => {
    await expect(create(xmlOf(), 'host-a')).rejects.toMatchObject({
      ...{ code: 'operation_failed', libvirt: 9 },
      message: `operation failed: binding '${LINK}' already exists`,
    });
  });

  test('is told from that of the other host that has its name', async () => {
    await create(xmlOf(), 'host-b');
    expect(await listed()).toEqual([`host-a ${LINK}`, `host-b ${LINK}`]);
    for (const act of [shown, () => remove(LINK)])
      await expect(act()).rejects.toMatchObject({
        code: 'invalid_argument',
        message: expect.stringContaining('hosts host-a, host-b each'),
      });
    expect(await shown('host-b')).toContain('host="host-b"');
    await remove(LINK, 'host-b');
    expect(b?.rules()).not.toContain(LINK);
    expect(await listed()).toEqual([`host-a ${LINK}`]);
  });

  test('keeps its filter from being forgotten', async () => {
    await expect(fleet.bus.run(contracts.undefineNwfilter, { filter: 'mine' })).rejects.toMatchObject({
      ...{ code: 'operation_invalid', libvirt: 55 },
      message: 'Requested operation is not valid: nwfilter is in use',
    });
  });

  test('follows what the filter becomes', async () => {
    await define(`<rule action='drop' direction='out'><arp arpsrcipaddr='${other}'/></rule>`);
    await vi.waitFor(async () => expect(await heard()).toEqual(['its own', "another's MAC"]), patience);
  });

  test('is held to it while its agent is dead, and after', async () => {
    const pid = fleet.fleet.pidOf('host-agent') ?? 0;
    process.kill(pid, 'SIGKILL');
    expect(await heard()).toEqual(['its own', "another's MAC"]);
    await vi.waitFor(() => expect([undefined, pid]).not.toContain(fleet.fleet.pidOf('host-agent')), patience);
    await define(`<rule action='drop' direction='out'><arp arpsrcipaddr='${own}'/></rule>`);
    await vi.waitFor(async () => expect(await heard()).toEqual(["another's address"]), patience);
    expect(await listed()).toEqual([`host-a ${LINK}`]);
  });

  test('has no rules and no binding once the filter is taken off', async () => {
    expect(await remove(LINK)).toEqual({ hostId: 'host-a', portDev: LINK, filter: 'mine' });
    expect(await heard()).toEqual(all);
    expect(a?.rules()).not.toContain(LINK);
    await expect(remove(LINK)).rejects.toMatchObject({ code: 'no_nwfilter_binding', libvirt: 101 });
  });

  test('has a filter as soon as that is defined', async () => {
    for (let round = 0; round < 20; round += 1) {
      const inner = `fresh${round}`;
      await fleet.bus.run(contracts.defineNwfilter, {
        xml: `<filter name='${inner}'><rule action='drop' direction='in'><mac/></rule></filter>`,
      });
      await fleet.bus.run(contracts.defineNwfilter, { xml: `<filter name='outer${round}'><filterref filter='${inner}'/></filter>` });
      await create(xmlOf({ filter: `outer${round}` }), 'host-a');
      await remove(LINK);
      for (const filter of [`outer${round}`, inner]) await fleet.bus.run(contracts.undefineNwfilter, { filter });
    }
  });

  test('takes the binding along when it goes', async () => {
    fleet.inHost('ip', 'link', 'add', 'veth8', 'type', 'veth', 'peer', 'name', 'veth8-end');
    await create(xmlOf({ portDev: 'veth8', host: 'host-a' }));
    expect(a?.rules()).toContain('veth8');
    fleet.inHost('ip', 'link', 'delete', 'veth8');
    await vi.waitFor(async () => expect(await listed()).toEqual([]), patience);
    expect(a?.rules()).not.toContain('veth8');
    await expect(create(xmlOf({ portDev: 'veth8', host: 'host-a' }))).rejects.toMatchObject({
      message: "operation failed: host 'host-a' has no link 'veth8'",
    });
  });
});

describe('the interface of a guest', () => {
  const network = `<network><name>lab</name><bridge name='virbr0'/><ip address='10.7.0.1' prefix='24'/></network>`;
  const cards = nic('52:54:00:00:7b:01', { extra: "<filterref filter='mine'/>" }) + nic('52:54:00:00:7b:02');
  let uuid = '';
  const targets = async (): Promise<string[]> =>
    (await fleet.bus.request(contracts.getDomain, { domain: 'g' })).interfaces.map(({ target = '' }) => target);

  beforeAll(async () => {
    await fleet.bus.run(contracts.defineNetwork, { xml: network });
    await fleet.bus.run(contracts.startNetwork, { network: 'lab' });
    await fleet.bus.run(contracts.cordonHost, { host: 'host-b' });
    ({ uuid } = await fleet.bus.run(contracts.defineDomain, { xml: guestXml({ name: 'g', interfaces: cards }) }));
    await fleet.bus.run(contracts.startDomain, { domain: 'g', paused: true });
  }, 60_000);

  test('keeps the filter that it has', async () => {
    const [filtered = ''] = await targets();
    await expect(remove(filtered)).rejects.toMatchObject({
      ...{ code: 'operation_invalid', libvirt: 55 },
      message: expect.stringContaining('update the interface'),
    });
    await expect(create(xmlOf({ portDev: filtered }), 'host-a')).rejects.toMatchObject({
      message: `operation failed: binding '${filtered}' already exists`,
    });
    expect(a?.rules()).toContain(filtered);
  });

  test('that has none is given one by hand, on the host of its domain, and no second one', async () => {
    const [, plain = ''] = await targets();
    expect(await create(xmlOf({ portDev: plain, owner: uuid }))).toMatchObject({ hostId: 'host-a', portDev: plain });
    const xml = nic('52:54:00:00:7b:02', { extra: "<filterref filter='mine'/>" });
    await expect(fleet.bus.run(contracts.updateDevice, { domain: 'g', xml, live: true })).rejects.toMatchObject({
      message: `operation failed: binding '${plain}' already exists`,
    });
    expect(a?.rules()).toContain(plain);
    await fleet.bus.run(contracts.destroyDomain, { domain: 'g' });
    await vi.waitFor(async () => expect(await listed()).toEqual([]), patience);
    await vi.waitFor(() => expect(a?.rules()).not.toContain(plain), patience);
    await fleet.bus.run(contracts.undefineNwfilter, { filter: 'mine' });
  });
});
