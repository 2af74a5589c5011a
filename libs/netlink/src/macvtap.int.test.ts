import { closeSync, readSync, readdirSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { close, ioctl } from '@virtbus/libc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IFNAMSIZ, TUNGETIFF } from './constants.js';
import {
  LinkRemoval,
  Rtnetlink,
  addMulticast,
  createMacvtap,
  getLink,
  listMulticast,
  openMacvtap,
  openTap,
  removeMulticast,
  setLink,
  type Link,
  type MacvlanMode,
} from './index.js';
import { testNetns, type TestNetns } from './test-netns.js';

let netns: TestNetns;
let rtnetlink: Rtnetlink;
let fds: number[];
beforeEach(() => {
  netns = testNetns();
  rtnetlink = Rtnetlink.open(netns.path);
  fds = [];
  netns.run('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'wire0');
  for (const name of ['up0', 'wire0']) netns.run('ip', 'link', 'set', name, 'up');
});
afterEach(() => {
  fds.forEach(close);
  rtnetlink.close();
  netns.remove();
});

const [macA, macB] = ['52:54:00:00:00:0a', '52:54:00:00:00:0b'] as const;
function link(name: string): Link {
  const found = getLink(rtnetlink, name);
  if (!found) throw new Error(`no link ${name}`);
  return found;
}
function macvtap(name: string, mode: MacvlanMode, mac: string, { queues = 1, vnetHdr = true } = {}): number[] {
  createMacvtap(rtnetlink, { name, parent: link('up0'), mode, mac });
  setLink(rtnetlink, link(name), { up: true });
  const opened = openMacvtap({ link: link(name), vnetHdr, queues, netns: netns.path });
  fds.push(...opened.fds);
  return [...opened.fds];
}
const refused = (code: string, subject?: string) => expect.objectContaining({ code, ...(subject !== undefined && { subject }) });
const openDescriptors = () => readdirSync('/proc/self/fd').length;
function flagsOf(fd: number): string {
  const asked = Buffer.alloc(40);
  ioctl(fd, TUNGETIFF, asked);
  return `0x${asked.readUInt16LE(IFNAMSIZ).toString(16)}`;
}

describe('refusals', () => {
  test('a name that exists, a parent that is gone, a multicast MAC', () => {
    const parent = link('up0');
    const attributes = { name: 'mt0', parent, mode: 'bridge', mac: macA } as const;
    expect(() => createMacvtap(rtnetlink, { ...attributes, name: 'wire0' })).toThrow(refused('EEXIST', 'wire0'));
    expect(() => createMacvtap(rtnetlink, { ...attributes, parent: { name: 'gone', index: 4711 } })).toThrow(refused('ENODEV', 'mt0'));
    expect(() => createMacvtap(rtnetlink, { ...attributes, mac: '01:00:00:00:00:01' })).toThrow(refused('EADDRNOTAVAIL', 'mt0'));
    expect(() => createMacvtap(rtnetlink, { ...attributes, name: 'x'.repeat(16) })).toThrow(RangeError);
    expect(getLink(rtnetlink, 'mt0')).toBeUndefined();
  });

  test('passthrough takes its parent whole', () => {
    createMacvtap(rtnetlink, { name: 'mt0', parent: link('up0'), mode: 'passthrough', mac: macA });
    expect(() => createMacvtap(rtnetlink, { name: 'mt1', parent: link('up0'), mode: 'bridge', mac: macB })).toThrow(refused('EINVAL'));
    netns.run('ip', 'link', 'del', 'mt0');
    createMacvtap(rtnetlink, { name: 'mt1', parent: link('up0'), mode: 'bridge', mac: macB });
    expect(() => createMacvtap(rtnetlink, { name: 'mt2', parent: link('up0'), mode: 'passthrough', mac: macA })).toThrow(refused('EINVAL'));
  });

  test('a parent that is a port of a bridge', () => {
    netns.run('ip', 'link', 'add', 'br0', 'type', 'bridge');
    netns.run('ip', 'link', 'set', 'up0', 'master', 'br0');
    expect(() => createMacvtap(rtnetlink, { name: 'mt0', parent: link('up0'), mode: 'bridge', mac: macA })).toThrow(refused('EBUSY'));
  });

  test('opening what is no macvtap, or is gone, leaves no descriptor', () => {
    const before = openDescriptors();
    for (const one of [link('up0'), { name: 'gone', index: 4711 }])
      expect(() => openMacvtap({ link: one, vnetHdr: true, queues: 1, netns: netns.path })).toThrow(refused('ENODEV', one.name));
    expect(openDescriptors()).toBe(before);
  });

  test('more queues than the kernel has leave no descriptor', () => {
    createMacvtap(rtnetlink, { name: 'mt0', parent: link('up0'), mode: 'bridge', mac: macA });
    const before = openDescriptors();
    expect(() => openMacvtap({ link: link('mt0'), vnetHdr: true, queues: 300, netns: netns.path })).toThrow(refused('EBUSY'));
    expect(openDescriptors()).toBe(before);
  });
});

test.each<MacvlanMode>(['vepa', 'bridge', 'private', 'passthrough'])('mode %s is what ip shows', (mode) => {
  createMacvtap(rtnetlink, { name: 'mt0', parent: link('up0'), mode, mac: macA });
  const [shown] = netns.json('ip', 'link', 'show', 'mt0') as [{ link: string; linkinfo: { info_kind: string; info_data: object } }];
  expect([shown.link, shown.linkinfo.info_kind, shown.linkinfo.info_data]).toEqual([
    'up0',
    'macvtap',
    expect.objectContaining({ mode: mode === 'passthrough' ? 'passthru' : mode }),
  ]);
  expect(link('mt0')).toMatchObject({ kind: 'macvtap', macvlan: { mode }, parent: link('up0').index, up: false });
  // The kernel gives a passthrough its parent's address, whatever is asked.
  expect(link('mt0').mac).toBe(mode === 'passthrough' ? link('up0').mac : macA);
});

test("a passthrough's MAC is its parent's, and the parent has its own back when the macvtap goes", async () => {
  const before = link('up0').mac;
  createMacvtap(rtnetlink, { name: 'mt0', parent: link('up0'), mode: 'passthrough', mac: macA });
  setLink(rtnetlink, link('mt0'), { mac: macA });
  expect([link('mt0').mac, link('up0').mac]).toEqual([macA, macA]);
  const removal = new LinkRemoval(netns.path);
  expect(await removal.remove('mt0')).toBe(true);
  await removal.close();
  expect(link('up0').mac).toBe(before);
});

test.each([
  ['a header', { vnetHdr: true, queues: 1 }, '0x5002'],
  ['no header', { vnetHdr: false, queues: 1 }, '0x1002'],
  ['a header and three queues', { vnetHdr: true, queues: 3 }, '0x5102'],
  ['two queues without a header', { vnetHdr: false, queues: 2 }, '0x1102'],
])('queues with %s', (_, wanted, flags) => {
  const opened = macvtap('mt0', 'bridge', macA, wanted);
  expect(opened.map(flagsOf)).toEqual(opened.map(() => flags));
  expect(opened).toHaveLength(wanted.queues);
});

test('two namespaces with links of one index are told apart, and no node stays in /dev', () => {
  const other = testNetns();
  const there = Rtnetlink.open(other.path);
  try {
    other.run('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'wire0');
    macvtap('mt0', 'bridge', macA);
    const parent = getLink(there, 'up0')!;
    createMacvtap(there, { name: 'mt0', parent, mode: 'bridge', mac: macB });
    const twin = getLink(there, 'mt0')!;
    expect(twin.index).toBe(link('mt0').index);
    setLink(there, parent, { up: true });
    setLink(there, twin, { up: true });
    const opened = openMacvtap({ link: twin, vnetHdr: false, queues: 1, netns: other.path });
    fds.push(...opened.fds);
    const seen = (netlink: Rtnetlink) => getLink(netlink, 'mt0')!.index;
    expect(seen(there)).toBe(twin.index);
    // The twin's queue is without a header and the first one's has one: each descriptor is its own link's.
    expect([flagsOf(fds[0]!), flagsOf(fds[1]!)]).toEqual(['0x5002', '0x1002']);
    expect(readdirSync('/dev').filter((name) => name.startsWith('.tap'))).toEqual([]);
  } finally {
    there.close();
    other.remove();
  }
});

describe('what the modes promise', () => {
  const payload = Buffer.from('from a to b');
  const bytesOf = (mac: string) => Buffer.from(mac.replaceAll(':', ''), 'hex');
  /** An ethernet frame of a made-up protocol. */
  const frame = (to: string, from: string) =>
    Buffer.concat([bytesOf(to), bytesOf(from), Buffer.from([0x88, 0xb5]), payload, Buffer.alloc(60)]);
  const FIONBIO = 0x5421;

  async function hears(fd: number): Promise<boolean> {
    ioctl(fd, FIONBIO, Buffer.from([1, 0, 0, 0]));
    const into = Buffer.alloc(2048);
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        const length = readSync(fd, into);
        if (into.subarray(0, length).includes(payload)) return true;
      } catch (error) {
        if ((error as { code?: string }).code !== 'EAGAIN') throw error;
        await sleep(10);
      }
    }
    return false;
  }

  /** The switch at the other end of the wire sends frames back where they came from. */
  function hairpin(): void {
    netns.run('ip', 'link', 'add', 'br0', 'up', 'type', 'bridge', 'forward_delay', '0');
    netns.run('ip', 'link', 'set', 'wire0', 'master', 'br0');
    netns.run('bridge', 'link', 'set', 'dev', 'wire0', 'hairpin', 'on');
  }

  // In mode private the kernel drops what a sibling broadcasts, so that neither learns the other's address.
  test.each<[MacvlanMode, string, boolean, boolean]>([
    ['bridge', 'that does not', false, true],
    ['vepa', 'that does not', false, false],
    ['vepa', 'that sends back', true, true],
    ['private', 'that sends back', true, false],
  ])('mode %s on a switch %s', async (mode, _, sendsBack, heard) => {
    if (sendsBack) hairpin();
    const [a = -1] = macvtap('mta', mode, macA, { vnetHdr: false });
    const [b = -1] = macvtap('mtb', mode, macB, { vnetHdr: false });
    writeSync(a, frame('ff:ff:ff:ff:ff:ff', macA));
    expect(await hears(b)).toBe(heard);
  });

  test('passthrough: the wire and the guest hear each other', async () => {
    const tap = openTap({ name: 'far', vnetHdr: false, queues: 1, netns: netns.path });
    fds.push(...tap.fds);
    netns.run('ip', 'link', 'add', 'br0', 'up', 'type', 'bridge', 'forward_delay', '0');
    for (const port of ['wire0', 'far']) netns.run('ip', 'link', 'set', port, 'master', 'br0', 'up');
    const [a = -1] = macvtap('mta', 'passthrough', macA, { vnetHdr: false });
    setLink(rtnetlink, link('mta'), { mac: macA });
    writeSync(a, frame('ff:ff:ff:ff:ff:ff', macA));
    expect(await hears(tap.fds[0]!)).toBe(true);
    writeSync(tap.fds[0]!, frame(macA, macB));
    expect(await hears(a)).toBe(true);
  });
});

describe('what a link takes beside frames for itself', () => {
  test('promiscuous, all and some multicast, as ip shows them', () => {
    macvtap('mt0', 'bridge', macA);
    const shown = () => (netns.json('ip', 'link', 'show', 'mt0')[0] as { flags: string[] }).flags;
    setLink(rtnetlink, link('mt0'), { promiscuous: true, allMulticast: true, multicast: false });
    expect(shown()).toEqual(expect.arrayContaining(['PROMISC', 'ALLMULTI', 'UP']));
    expect(shown()).not.toContain('MULTICAST');
    expect(link('mt0')).toMatchObject({ promiscuous: true, allMulticast: true, multicast: false, up: true });
    setLink(rtnetlink, link('mt0'), { promiscuous: false, allMulticast: false, multicast: true });
    expect(link('mt0')).toMatchObject({ promiscuous: false, allMulticast: false, multicast: true, up: true });
  });

  test('groups come and go, those of the kernel itself are not told', () => {
    const group = '01:00:5e:01:02:03';
    macvtap('mt0', 'bridge', macA);
    expect(listMulticast(netns.path, 'mt0')).toEqual([]);
    addMulticast(netns.path, 'mt0', group);
    expect(listMulticast(netns.path, 'mt0')).toEqual([group]);
    expect(netns.run('ip', 'maddr', 'show', 'dev', 'mt0')).toMatch(new RegExp(`${group}.* static`));
    expect([removeMulticast(netns.path, 'mt0', group), removeMulticast(netns.path, 'mt0', group)]).toEqual([true, false]);
    expect(listMulticast(netns.path, 'mt0')).toEqual([]);
  });

  test('a link that is not there, and an address that is no group, are refused', () => {
    expect(listMulticast(netns.path, 'none')).toEqual([]);
    expect(() => addMulticast(netns.path, 'none', '01:00:5e:01:02:03')).toThrow(refused('ENODEV'));
    expect(() => addMulticast(netns.path, 'up0', 'nonsense')).toThrow(RangeError);
  });
});

test('a macvtap stays when its descriptors are closed, and goes when it is removed', async () => {
  const [fd = -1] = macvtap('mt0', 'bridge', macA);
  fds.splice(fds.indexOf(fd), 1);
  closeSync(fd);
  expect(getLink(rtnetlink, 'mt0')).toBeDefined();
  const removal = new LinkRemoval(netns.path);
  expect([await removal.remove('mt0'), await removal.remove('mt0')]).toEqual([true, false]);
  await removal.close();
});
