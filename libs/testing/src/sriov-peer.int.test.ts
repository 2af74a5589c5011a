import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemError } from '@virtbus/libc';
import { NetlinkError, Rtnetlink, getLink, listVirtualFunctions, setLink, setVirtualFunction } from '@virtbus/netlink';
import { beforeEach, describe, expect, test } from 'vitest';
import { SriovPeer, type PeerLink } from './sriov-peer.js';

const zero = '00:00:00:00:00:00';
const free = () => ({ mac: zero, vlan: 0, qos: 0 });

let peer: SriovPeer;
let rtnetlink: Rtnetlink;
let links: PeerLink[];
beforeEach(() => {
  links = [
    { index: 3, name: 'eth0', mac: '00:1b:21:00:00:01', up: true, functions: [free(), { mac: '52:54:00:00:00:07', vlan: 42, qos: 3 }] },
    { index: 4, name: 'eth1', mac: '00:1b:21:00:00:02', up: true, functions: [free()], refusedMacs: [zero] },
    { index: 9, name: 'eth0v0', mac: '02:00:00:00:00:09', up: false, functions: [] },
  ];
  peer = new SriovPeer(links, (errno) => new SystemError('recv', errno));
  rtnetlink = new Rtnetlink(peer.transport());
});
const physical = (name = 'eth0') => getLink(rtnetlink, name)!;
const refused = (code: string, subject: string) => expect.objectContaining({ name: 'NetlinkError', code, subject });

describe('functions that cannot be administered are refused', () => {
  test.each([
    ['of a link that is gone', () => ({ name: 'gone', index: 4711 }), 0, {}, 'ENODEV', 'VF 0 of gone'],
    ['of a link that has none', () => physical('eth0v0'), 0, { vlan: 5 }, 'ENOTSUP', 'VF 0 of eth0v0'],
    ['beyond the last one', () => physical(), 2, { mac: '52:54:00:00:00:0a' }, 'EINVAL', 'VF 2 of eth0'],
    ['with a tag out of range', () => physical(), 0, { vlan: 4096 }, 'EINVAL', 'VF 0 of eth0'],
    ['with an address that the driver refuses', () => physical('eth1'), 0, { mac: zero }, 'EINVAL', 'VF 0 of eth1'],
  ])('%s', (_, link, number, change, code, subject) => {
    const before = structuredClone(links);
    expect(() => setVirtualFunction(rtnetlink, link(), number, change)).toThrow(refused(code, subject));
    expect(links).toEqual(before);
  });

  test('with a text that is no address', () => {
    expect(() => setVirtualFunction(rtnetlink, physical(), 0, { mac: 'nonsense' })).toThrow(RangeError);
    expect(() => listVirtualFunctions(rtnetlink, { name: 'gone', index: 4711 })).toThrow(NetlinkError);
  });
});

test('functions read as they are administered', () => {
  expect(listVirtualFunctions(rtnetlink, physical())).toEqual([
    { number: 0, mac: zero, vlan: 0, qos: 0, spoofCheck: true, trust: false },
    { number: 1, mac: '52:54:00:00:00:07', vlan: 42, qos: 3, spoofCheck: true, trust: false },
  ]);
  expect(listVirtualFunctions(rtnetlink, physical('eth0v0'))).toEqual([]);
});

test('what is not named stays', () => {
  setVirtualFunction(rtnetlink, physical(), 1, { mac: '52:54:00:00:00:0a' });
  expect(links[0]!.functions[1]).toEqual({ mac: '52:54:00:00:00:0a', vlan: 42, qos: 3 });
  setVirtualFunction(rtnetlink, physical(), 1, { vlan: 0 });
  expect(links[0]!.functions[1]).toEqual({ mac: '52:54:00:00:00:0a', vlan: 0, qos: 0 });
  setLink(rtnetlink, physical('eth0v0'), { mac: '52:54:00:00:00:0b', up: true });
  expect(getLink(rtnetlink, 'eth0v0')).toMatchObject({ mac: '52:54:00:00:00:0b', up: true });
});

describe('iproute2 agrees', () => {
  /** `ip link set eth0 vf 1 mac 52:54:00:00:00:0a vlan 42`, as iproute2 6.1 sends it, from `ifi_index` (3) on. Recorded with strace. */
  const recorded = Buffer.from(
    [
      '03000000 00000000 00000000 40001600 3c000100 28000100 01000000 52540000',
      '000a0000 00000000 00000000 00000000 00000000 00000000 00000000 10000200 01000000 2a000000 00000000',
    ]
      .join('')
      .replaceAll(' ', ''),
    'hex',
  );

  test('a request is byte for byte what it sends, but for the mark of a nested attribute', () => {
    setVirtualFunction(rtnetlink, physical(), 1, { mac: '52:54:00:00:00:0a', vlan: 42 });
    const sent = Buffer.from(peer.requests.at(-1)!.subarray(20));
    // NLA_F_NESTED, which the kernel does not need here.
    for (const at of [14, 18]) sent.writeUInt16LE(sent.readUInt16LE(at) & 0x7fff, at);
    expect(sent.toString('hex')).toBe(recorded.toString('hex'));
  });

  test('its request is carried out by the peer as by ours', () => {
    const header = Buffer.from('6000000010000500010000000000000000000000', 'hex');
    header.writeUInt16LE(19, 4);
    peer.transport().send(Buffer.concat([header, recorded]));
    expect(links[0]!.functions[1]).toEqual({ mac: '52:54:00:00:00:0a', vlan: 42, qos: 0 });
  });

  test("the peer's answer reads there as it does here", () => {
    const folder = mkdtempSync(join(tmpdir(), 'virtbus-sriov-'));
    try {
      const file = join(folder, 'messages');
      writeFileSync(file, peer.describe('eth0'));
      const shown = execFileSync('ip', ['-details', 'monitor', 'link', 'file', file], { encoding: 'utf8' });
      expect(shown).toContain('vf 0     link/ether 00:00:00:00:00:00');
      expect(shown).toMatch(/vf 1 {5}link\/ether 52:54:00:00:00:07.*vlan 42, qos 3, spoof checking on,.*trust off/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
