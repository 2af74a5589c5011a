import { close } from '@virtbus/libc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  LinkRemoval,
  Rtnetlink,
  createBridge,
  getLink,
  listLinks,
  openTap,
  setBridge,
  setLink,
  setPortFlags,
  setVlanFiltering,
} from './index.js';
import type { Link } from './index.js';
import { testNetns, type TestNetns } from './test-netns.js';

let netns: TestNetns;
let rtnetlink: Rtnetlink;
let fds: number[];
beforeEach(() => {
  netns = testNetns();
  rtnetlink = Rtnetlink.open(netns.path);
  fds = [];
});
afterEach(() => {
  netns.remove();
  rtnetlink.close();
  fds.forEach(close);
});

const refused = (code: string, syscall: string, subject?: string) =>
  expect.objectContaining({ name: 'NetlinkError', code, syscall, ...(subject !== undefined && { subject }) });
function link(name: string): Link {
  const found = getLink(rtnetlink, name);
  if (!found) throw new Error(`no link ${name}`);
  return found;
}
function tap(name: string): Link {
  const made = openTap({ name, vnetHdr: true, queues: 1, netns: netns.path });
  fds.push(...made.fds);
  return link(made.name);
}
const bridge = (name = 'br0'): Link => {
  createBridge(rtnetlink, { name });
  return link(name);
};

describe('finding links', () => {
  test('a link that is not there, and a text that cannot be a name, are undefined', () => {
    for (const which of ['none', '', 'x'.repeat(16), 4711]) expect(getLink(rtnetlink, which)).toBeUndefined();
  });

  test('a namespace that is not there is refused', () => {
    expect(() => Rtnetlink.open('/run/netns/virtbus-none')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  test('the list is what ip shows', () => {
    netns.run('ip', 'link', 'add', 'v0', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'v1');
    netns.run('ip', 'link', 'add', 'b0', 'up', 'type', 'bridge');
    netns.run('ip', 'link', 'set', 'v0', 'master', 'b0', 'group', '7');
    const shown = netns
      .json('ip', 'link', 'show')
      .map((one) => [one['ifindex'], one['ifname'], one['mtu'], one['address'], one['master'], one['group']]);
    const listed = listLinks(rtnetlink);
    const nameOf = (index: number | undefined) => listed.find((one) => one.index === index)?.name;
    expect(
      listed.map((one) => [one.index, one.name, one.mtu, one.mac, nameOf(one.master), one.group === 0 ? 'default' : String(one.group)]),
    ).toEqual(shown);
    expect(listed.map(({ name, kind, up }) => [name, kind, up])).toEqual([
      ['lo', undefined, true],
      ['v1', 'veth', false],
      ['v0', 'veth', false],
      ['b0', 'bridge', true],
    ]);
  });

  test('more links than fit into one datagram are listed whole, and go together', async () => {
    const names = Array.from({ length: 80 }, (_, index) => `many${index}`);
    netns.run('sh', '-c', `echo '${names.map((name) => `link add ${name} type bridge`).join('\n')}' | ip -batch -`);
    expect(listLinks(rtnetlink).map(({ name }) => name)).toEqual(['lo', ...names]);
    const removal = new LinkRemoval(netns.path);
    await Promise.all(names.map((name) => removal.remove(name)));
    await removal.close();
    expect(listLinks(rtnetlink).map(({ name }) => name)).toEqual(['lo']);
  });
});

describe('bridges', () => {
  test('a name that exists is refused, whatever kind it is', () => {
    bridge();
    expect(() => createBridge(rtnetlink, { name: 'br0' })).toThrow(refused('EEXIST', 'RTM_NEWLINK', 'br0'));
    expect(() => createBridge(rtnetlink, { name: 'lo' })).toThrow(refused('EEXIST', 'RTM_NEWLINK', 'lo'));
    expect(() => createBridge(rtnetlink, { name: 'a/b' })).toThrow(refused('EINVAL', 'RTM_NEWLINK', 'a/b'));
    expect(() => createBridge(rtnetlink, { name: 'x'.repeat(16) })).toThrow(RangeError);
  });

  test.each([
    ['no STP, no delay', { stp: false, forwardDelayCs: 0 }, { stp_state: 0, forward_delay: 0 }],
    ['STP with no delay: clamped to 2 s', { stp: true, forwardDelayCs: 0 }, { stp_state: 1, forward_delay: 200 }],
    ['STP with 40 s: clamped to 30 s', { stp: true, forwardDelayCs: 4000 }, { stp_state: 1, forward_delay: 3000 }],
    ['STP with 5 s', { stp: true, forwardDelayCs: 500 }, { stp_state: 1, forward_delay: 500 }],
  ])('%s', (_, attributes, expected) => {
    createBridge(rtnetlink, { name: 'br0', mac: '52:54:00:12:34:56', ...attributes });
    const [shown] = netns.json('ip', 'link', 'show', 'br0') as [{ address: string; linkinfo: { info_data: object } }];
    expect(shown.address).toBe('52:54:00:12:34:56');
    expect(shown.linkinfo.info_data).toMatchObject(expected);
    expect(link('br0')).toMatchObject({
      kind: 'bridge',
      up: false,
      bridge: { stp: attributes.stp, forwardDelayCs: expected.forward_delay },
    });
  });

  test('a delay out of range is refused while STP is on', () => {
    createBridge(rtnetlink, { name: 'br0', stp: true, forwardDelayCs: 500 });
    expect(() => setBridge(rtnetlink, link('br0'), { forwardDelayCs: 0 })).toThrow(refused('ERANGE', 'RTM_NEWLINK', 'br0'));
    setBridge(rtnetlink, link('br0'), { stp: false, forwardDelayCs: 700 });
    expect(link('br0').bridge).toMatchObject({ stp: false, forwardDelayCs: 700 });
  });

  test('VLAN filtering is on afterwards, or the answer says that the kernel has none', () => {
    const answer = setVlanFiltering(rtnetlink, bridge(), true);
    const [shown] = netns.json('ip', 'link', 'show', 'br0') as [{ linkinfo: { info_data: { vlan_filtering?: number } } }];
    expect(shown.linkinfo.info_data.vlan_filtering ?? 0).toBe(answer === 'done' ? 1 : 0);
  });

  test('VLAN filtering of a bridge that is gone is refused', () => {
    expect(() => setVlanFiltering(rtnetlink, { name: 'gone', index: 4711 }, true)).toThrow(refused('ENODEV', 'RTM_NEWLINK', 'gone'));
  });

  test("an MTU that was set stays; one that was not follows the ports'", () => {
    const small = tap('small');
    setLink(rtnetlink, small, { mtu: 1300 });
    setLink(rtnetlink, bridge('follows'), { up: true });
    setLink(rtnetlink, small, { master: link('follows').index });
    expect(link('follows').mtu).toBe(1300);
    setLink(rtnetlink, bridge('stays'), { mtu: 1450 });
    setLink(rtnetlink, small, { master: link('stays').index });
    expect(link('stays').mtu).toBe(1450);
  });
});

describe('changing links', () => {
  test('everything at once, as ip shows it', () => {
    setLink(rtnetlink, tap('t0'), { mac: 'fe:54:00:00:00:01', mtu: 1400, master: bridge().index, up: true, group: 5 });
    const [shown] = netns.json('ip', 'link', 'show', 't0');
    expect(shown).toMatchObject({
      address: 'fe:54:00:00:00:01',
      mtu: 1400,
      master: 'br0',
      group: '5',
      flags: expect.arrayContaining(['UP']),
    });
    setLink(rtnetlink, link('t0'), { master: 0, up: false });
    expect(link('t0').master).toBeUndefined();
    expect(link('t0')).toMatchObject({ up: false, mtu: 1400 });
  });

  test.each([
    ['an MTU that is too large', { mtu: 100_000 }, 'EINVAL'],
    ['a multicast MAC', { mac: '01:00:00:00:00:01' }, 'EADDRNOTAVAIL'],
    ['a master that is not there', { master: 4711 }, 'EINVAL'],
  ])('%s is refused', (_, change, code) => {
    expect(() => setLink(rtnetlink, tap('t0'), change)).toThrow(refused(code, 'RTM_SETLINK', 't0'));
  });

  test('a link that is gone is refused', () => {
    expect(() => setLink(rtnetlink, { name: 'gone', index: 4711 }, { up: true })).toThrow(refused('ENODEV', 'RTM_SETLINK', 'gone'));
  });
});

describe('bridge port flags', () => {
  test('are what bridge(8) shows, and those not named stay', () => {
    setLink(rtnetlink, tap('t0'), { master: bridge().index });
    expect(link('t0').port).toMatchObject({
      learning: true,
      unicastFlood: true,
      multicastFlood: true,
      broadcastFlood: true,
      isolated: false,
    });
    setPortFlags(rtnetlink, link('t0'), { learning: false, unicastFlood: false, isolated: true });
    const [shown] = netns.json('bridge', 'link', 'show', 'dev', 't0');
    expect(shown).toMatchObject({
      learning: false,
      flood: false,
      isolated: true,
      mcast_flood: true,
      bcast_flood: true,
      hairpin: false,
      neigh_suppress: false,
    });
    expect(link('t0').port).toMatchObject({
      learning: false,
      unicastFlood: false,
      isolated: true,
      multicastFlood: true,
      broadcastFlood: true,
    });
  });

  test('every flag can be set and cleared', () => {
    setLink(rtnetlink, tap('t0'), { master: bridge().index });
    const { locked: _, ...flags } = link('t0').port!;
    for (const name of Object.keys(flags) as (keyof typeof flags)[]) {
      for (const value of [true, false]) {
        setPortFlags(rtnetlink, link('t0'), { [name]: value });
        expect([name, link('t0').port?.[name]]).toEqual([name, value]);
      }
    }
  });

  test('of a link that is no port are refused', () => {
    expect(link('lo').port).toBeUndefined();
    expect(() => setPortFlags(rtnetlink, tap('t0'), { learning: false })).toThrow(refused('ENOTSUP', 'RTM_SETLINK', 't0'));
  });
});

describe('removal', () => {
  let removal: LinkRemoval;
  beforeEach(() => {
    removal = new LinkRemoval(netns.path);
  });
  afterEach(() => removal.close());

  test('a link that is not there is an answer; hardware is refused', async () => {
    expect(await removal.remove('none')).toBe(false);
    await expect(removal.remove('lo')).rejects.toThrow(refused('ENOTSUP', 'RTM_DELLINK', 'lo'));
    await expect(removal.remove('x'.repeat(16))).rejects.toThrow(RangeError);
  });

  test('many at once are one request, and each gets its own answer', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `t${index}`);
    names.forEach(tap);
    expect(await Promise.all([...names, 'none', 't0'].map((name) => removal.remove(name)))).toEqual([
      ...names.map(() => true),
      false,
      true,
    ]);
    expect(listLinks(rtnetlink).map(({ name }) => name)).toEqual(['lo']);
  });

  test('hardware among many is refused alone', async () => {
    tap('t0');
    tap('t1');
    const answers = await Promise.allSettled(['t0', 'lo', 't1', 'none'].map((name) => removal.remove(name)));
    expect(answers.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as { code: string }).code))).toEqual([
      true,
      'ENOTSUP',
      true,
      false,
    ]);
  });

  test('closing waits for what was asked before', async () => {
    tap('t0');
    const other = new LinkRemoval(netns.path);
    const asked = other.remove('t0');
    await other.close();
    expect(await asked).toBe(true);
  });

  test('one after another', async () => {
    tap('t0');
    tap('t1');
    expect([await removal.remove('t0'), await removal.remove('t1'), await removal.remove('t1')]).toEqual([true, true, false]);
  });

  test('a link goes while its descriptor is still open', async () => {
    bridge();
    tap('t0');
    expect(await removal.remove('t0')).toBe(true);
    expect(getLink(rtnetlink, 't0')).toBeUndefined();
  });

  test('the event loop does not wait', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `t${index}`);
    names.forEach(tap);
    let beats = 0;
    const beat = setInterval(() => beats++, 1);
    for (const name of names) await removal.remove(name);
    clearInterval(beat);
    // A deletion takes some 20 ms; a loop that waited for it would beat at most once in between.
    expect(beats).toBeGreaterThan(3 * names.length);
  });
});
