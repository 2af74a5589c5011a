import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addAddress } from './addresses.js';
import { createBridge } from './bridges.js';
import { getLink, setLink, type LinkRef } from './links.js';
import { NetlinkError, Rtnetlink } from './rtnetlink.js';
import { testNetns, type TestNetns } from './test-netns.js';
import {
  createVxlan,
  EVERYBODY,
  getVxlan,
  listNeighbours,
  listTunnels,
  putNeighbour,
  putTunnel,
  removeNeighbour,
  removeTunnel,
} from './vxlan.js';

const settings = { vni: 16_777_215, local: '127.0.0.1', port: 8472 };
const mac = '52:54:00:00:00:01';
let netns: TestNetns;
let rtnetlink: Rtnetlink;
let vx: LinkRef;
let bridge: LinkRef;
beforeEach(() => {
  netns = testNetns();
  rtnetlink = Rtnetlink.open(netns.path);
  createVxlan(rtnetlink, { name: 'vx0', mtu: 1450, ...settings });
  createBridge(rtnetlink, { name: 'br0' });
  [vx, bridge] = [getLink(rtnetlink, 'vx0')!, getLink(rtnetlink, 'br0')!];
});
afterEach(() => {
  rtnetlink.close();
  netns.remove();
});

describe('a VXLAN link', () => {
  test('has its number, address, port and MTU, and learns nothing', () => {
    expect(getVxlan(rtnetlink, 'vx0')).toEqual({ ...settings, learning: false });
    expect(netns.json('ip', 'link', 'show', 'vx0')).toMatchObject([
      { mtu: 1450, linkinfo: { info_kind: 'vxlan', info_data: { id: settings.vni, local: '127.0.0.1', port: 8472, learning: false } } },
    ]);
  });

  test('of another kind, or none, is none', () => {
    expect([getVxlan(rtnetlink, 'br0'), getVxlan(rtnetlink, 'nope')]).toEqual([undefined, undefined]);
  });

  test('with a number that is in use on the port is refused', () => {
    expect(() => createVxlan(rtnetlink, { name: 'vx1', ...settings })).toThrow(NetlinkError);
    createVxlan(rtnetlink, { name: 'vx1', ...settings, port: 8473 });
  });

  test('sends a MAC to one address, and everything else to all that are named', () => {
    putTunnel(rtnetlink, vx, { mac, via: '10.0.0.2' });
    putTunnel(rtnetlink, vx, { mac, via: '10.0.0.3' });
    for (const via of ['10.0.0.2', '10.0.0.3', '10.0.0.3']) putTunnel(rtnetlink, vx, { mac: EVERYBODY, via });
    const entries = [
      { mac, via: '10.0.0.3' },
      { mac: EVERYBODY, via: '10.0.0.2' },
      { mac: EVERYBODY, via: '10.0.0.3' },
    ];
    expect(listTunnels(rtnetlink, vx)).toHaveLength(3);
    expect(listTunnels(rtnetlink, vx)).toEqual(expect.arrayContaining(entries));
    expect(netns.run('bridge', 'fdb', 'show', 'dev', 'vx0')).toContain(`${mac} dst 10.0.0.3 self permanent`);
    for (const gone of [entries[2]!, entries[2]!, { mac: '52:54:00:00:00:09', via: '10.0.0.2' }]) removeTunnel(rtnetlink, vx, gone);
    expect(listTunnels(rtnetlink, vx)).toHaveLength(2);
  });
});

test('a neighbour is made for good, changed, listed apart from learned ones, and removed', () => {
  setLink(rtnetlink, bridge, { up: true });
  addAddress(rtnetlink, bridge, { family: 'ipv6', address: 'fd00::1', prefix: 64 });
  const known = [
    { family: 'ipv4', address: '10.7.0.5', mac },
    { family: 'ipv6', address: 'fd00::5', mac },
  ] as const;
  netns.run('ip', 'neigh', 'add', '10.7.0.9', 'lladdr', '52:54:00:00:00:09', 'nud', 'reachable', 'dev', 'br0');
  for (const each of known) putNeighbour(rtnetlink, bridge, each);
  putNeighbour(rtnetlink, bridge, { ...known[0], mac: '52:54:00:00:00:02' });
  expect(listNeighbours(rtnetlink, bridge)).toEqual([{ ...known[0], mac: '52:54:00:00:00:02' }, known[1]]);
  expect(listNeighbours(rtnetlink, bridge, 'all').map((each) => each.address)).toEqual(
    expect.arrayContaining(['10.7.0.9', '10.7.0.5', 'fd00::5']),
  );
  expect(netns.run('ip', 'neigh', 'show', 'dev', 'br0')).toContain('10.7.0.5 lladdr 52:54:00:00:00:02 PERMANENT');
  expect([removeNeighbour(rtnetlink, bridge, known[0]), removeNeighbour(rtnetlink, bridge, known[0])]).toEqual([true, false]);
  expect(listNeighbours(rtnetlink, bridge)).toEqual([known[1]]);
});
