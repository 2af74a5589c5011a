import { readFileSync } from 'node:fs';
import { AF_NETLINK, SOCK_RAW, close, connect, send, socket, withNetns } from '@virtbus/libc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  Rtnetlink,
  addAddress,
  addForwarding,
  addRoute,
  createBridge,
  getLink,
  listAddresses,
  listForwarding,
  listRoutes,
  openTap,
  readSysctl,
  removeAddress,
  removeForwarding,
  replaceForwarding,
  setLink,
  writeSysctl,
  type Link,
} from './index.js';
import { openTransport } from './transport.js';
import { testNetns, type TestNetns } from './test-netns.js';

const guest = '52:54:00:aa:bb:cc';
let netns: TestNetns;
let rtnetlink: Rtnetlink;
let fds: number[];
let bridge: Link;
let port: Link;
beforeEach(() => {
  netns = testNetns();
  rtnetlink = Rtnetlink.open(netns.path);
  createBridge(rtnetlink, { name: 'br0' });
  bridge = getLink(rtnetlink, 'br0')!;
  fds = [...openTap({ name: 't0', vnetHdr: true, queues: 1, netns: netns.path }).fds];
  port = getLink(rtnetlink, 't0')!;
  setLink(rtnetlink, port, { master: bridge.index, up: true });
  setLink(rtnetlink, bridge, { up: true });
});
afterEach(() => {
  netns.remove();
  rtnetlink.close();
  fds.forEach(close);
});

const refused = (code: string, syscall: string) => expect.objectContaining({ name: 'NetlinkError', code, syscall });

describe('forwarding entries', () => {
  test('a static one, as bridge(8) shows it', () => {
    expect(addForwarding(rtnetlink, port, guest)).toBe(true);
    expect(netns.run('bridge', 'fdb', 'show', 'dev', 't0')).toMatch(new RegExp(`^${guest} .*master br0 static$`, 'm'));
    expect(listForwarding(rtnetlink, bridge).filter(({ mac }) => mac === guest)).toMatchObject([
      { mac: guest, port: port.index, state: 'static' },
    ]);
  });

  test('adding twice and removing twice are answers', () => {
    expect([addForwarding(rtnetlink, port, guest), addForwarding(rtnetlink, port, guest)]).toEqual([true, false]);
    expect([removeForwarding(rtnetlink, port, guest), removeForwarding(rtnetlink, port, guest)]).toEqual([true, false]);
    expect(netns.run('bridge', 'fdb', 'show')).not.toContain(guest);
  });

  test('an address that is known elsewhere is not added but can be moved', () => {
    fds.push(...openTap({ name: 't1', vnetHdr: true, queues: 1, netns: netns.path }).fds);
    const other = getLink(rtnetlink, 't1')!;
    setLink(rtnetlink, other, { master: bridge.index, up: true });
    netns.run('bridge', 'fdb', 'add', guest, 'dev', 't1', 'master', 'dynamic');
    const entry = () => listForwarding(rtnetlink, bridge).find(({ mac }) => mac === guest);
    expect(entry()).toMatchObject({ port: other.index, state: 'learned' });
    expect(addForwarding(rtnetlink, port, guest)).toBe(false);
    expect(entry()).toMatchObject({ port: other.index });
    replaceForwarding(rtnetlink, port, guest);
    expect(entry()).toMatchObject({ port: port.index, state: 'static' });
    replaceForwarding(rtnetlink, port, guest);
    expect(netns.run('bridge', 'fdb', 'show', 'dev', 't0')).toMatch(new RegExp(`^${guest} .*master br0 static$`, 'm'));
  });

  test("only the bridge's own table is listed", () => {
    createBridge(rtnetlink, { name: 'br1' });
    addForwarding(rtnetlink, port, guest);
    const other = listForwarding(rtnetlink, getLink(rtnetlink, 'br1')!);
    expect(other.some(({ mac }) => mac === guest)).toBe(false);
    const shown = netns.json('bridge', 'fdb', 'show', 'br', 'br0').filter((entry) => entry['master'] === 'br0');
    const listed = listForwarding(rtnetlink, bridge);
    expect(listed.map(({ mac, state }) => `${mac} ${state}`).toSorted()).toEqual(
      shown.map((one) => `${String(one['mac'])} ${String(one['state'])}`).toSorted(),
    );
    expect(new Set(listed.map(({ state }) => state))).toEqual(new Set(['permanent', 'static']));
  });

  test('a link that is no port and one that is gone are refused', () => {
    expect(() => addForwarding(rtnetlink, bridge, guest)).toThrow(refused('ENOTSUP', 'RTM_NEWNEIGH'));
    expect(() => addForwarding(rtnetlink, { name: 'gone', index: 4711 }, guest)).toThrow(refused('ENODEV', 'RTM_NEWNEIGH'));
    expect(() => removeForwarding(rtnetlink, { name: 'gone', index: 4711 }, guest)).toThrow(refused('ENODEV', 'RTM_DELNEIGH'));
    expect(() => addForwarding(rtnetlink, port, 'nonsense')).toThrow(RangeError);
  });

  test('a large table is listed whole', () => {
    for (let index = 0; index < 2000; index++)
      addForwarding(
        rtnetlink,
        port,
        `52:54:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`,
      );
    expect(listForwarding(rtnetlink, bridge).filter(({ state }) => state === 'static')).toHaveLength(2000);
  });
});

describe('addresses', () => {
  test('of both families, usable at once, with a broadcast address', () => {
    expect(addAddress(rtnetlink, bridge, { family: 'ipv4', address: '192.168.77.1', prefix: 24 })).toBe(true);
    expect(addAddress(rtnetlink, bridge, { family: 'ipv6', address: 'fd00:77::1', prefix: 64 })).toBe(true);
    const [shown] = netns.json('ip', 'addr', 'show', 'br0') as [{ addr_info: Record<string, unknown>[] }];
    expect(shown.addr_info).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ local: '192.168.77.1', prefixlen: 24, broadcast: '192.168.77.255' }),
        expect.objectContaining({ local: 'fd00:77::1', prefixlen: 64 }),
      ]),
    );
    expect(shown.addr_info.some((one) => one['local'] === 'fd00:77::1' && one['tentative'] === true)).toBe(false);
    expect(listAddresses(rtnetlink, bridge)).toEqual(expect.arrayContaining([{ family: 'ipv6', address: 'fd00:77::1', prefix: 64 }]));
  });

  test('adding twice and removing twice are answers; other links have their own', () => {
    const address = { family: 'ipv4', address: '192.168.77.1', prefix: 24 } as const;
    expect([addAddress(rtnetlink, bridge, address), addAddress(rtnetlink, bridge, address)]).toEqual([true, false]);
    expect(listAddresses(rtnetlink, getLink(rtnetlink, 'lo')!)).toEqual(
      expect.arrayContaining([{ family: 'ipv4', address: '127.0.0.1', prefix: 8 }]),
    );
    expect(listAddresses(rtnetlink, bridge).filter(({ family }) => family === 'ipv4')).toEqual([address]);
    expect([removeAddress(rtnetlink, bridge, address), removeAddress(rtnetlink, bridge, address)]).toEqual([true, false]);
  });

  test.each([
    ['a prefix beyond 32', { family: 'ipv4', address: '192.168.77.1', prefix: 33 }, 'EINVAL'],
    ['a multicast IPv6 address', { family: 'ipv6', address: 'ff02::1', prefix: 64 }, 'EADDRNOTAVAIL'],
  ] as const)('%s is refused', (_, address, code) =>
    expect(() => addAddress(rtnetlink, bridge, address)).toThrow(refused(code, 'RTM_NEWADDR')),
  );
});

describe('routes', () => {
  beforeEach(() => void addAddress(rtnetlink, bridge, { family: 'ipv4', address: '192.168.77.1', prefix: 24 }));

  test('are what ip shows, with the default route and multipath', () => {
    netns.run('ip', 'route', 'add', 'default', 'via', '192.168.77.254');
    netns.run('ip', 'route', 'add', '10.2.0.0/16', 'nexthop', 'via', '192.168.77.2', 'nexthop', 'via', '192.168.77.3');
    netns.run('ip', 'route', 'add', 'blackhole', '10.9.0.0/16');
    netns.run('ip', 'route', 'add', '10.8.0.0/16', 'dev', 'br0', 'table', '99');
    expect(listRoutes(rtnetlink, 'ipv4')).toEqual([
      { family: 'ipv4', destination: '0.0.0.0', prefix: 0, gateway: '192.168.77.254', link: bridge.index },
      { family: 'ipv4', destination: '10.2.0.0', prefix: 16, link: bridge.index },
      { family: 'ipv4', destination: '192.168.77.0', prefix: 24, link: bridge.index },
    ]);
  });

  test('of IPv6', () => {
    netns.run('ip', '-6', 'route', 'add', 'fd00:9::/48', 'dev', 'br0', 'metric', '7');
    netns.run('ip', '-6', 'route', 'add', 'fd00:a::/48', 'dev', 'br0', 'proto', 'ra');
    expect(listRoutes(rtnetlink, 'ipv6')).toEqual(
      expect.arrayContaining([
        { family: 'ipv6', destination: 'fd00:9::', prefix: 48, metric: 7, link: bridge.index },
        { family: 'ipv6', destination: 'fd00:a::', prefix: 48, metric: 1024, link: bridge.index, advertised: true },
      ]),
    );
  });

  test('a static one, and again', () => {
    const route = { family: 'ipv4', destination: '10.3.0.0', prefix: 16, gateway: '192.168.77.9', metric: 4 } as const;
    expect([addRoute(rtnetlink, route), addRoute(rtnetlink, route)]).toEqual([true, false]);
    expect(netns.run('ip', 'route', 'show', '10.3.0.0/16')).toMatch(/via 192\.168\.77\.9 dev br0 proto static metric 4/);
  });

  test('a gateway that cannot be reached is refused', () => {
    const route = { family: 'ipv4', destination: '10.3.0.0', prefix: 16, gateway: '172.16.0.1' } as const;
    expect(() => addRoute(rtnetlink, route)).toThrow(refused('ENETUNREACH', 'RTM_NEWROUTE'));
  });
});

test('no other process can send to a socket that waits for the kernel', () => {
  const before = ports();
  const transport = openTransport(netns.path);
  const itsPort = ports().find((one) => !before.includes(one))!;
  const forger = withNetns(netns.path, () => socket(AF_NETLINK, SOCK_RAW, 0));
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(itsPort, 4);
  connect(forger, address);
  expect(() => send(forger, Buffer.alloc(16))).toThrow(expect.objectContaining({ code: 'ECONNREFUSED' }));
  expect(() => transport.receive(Buffer.alloc(64))).toThrow(expect.objectContaining({ code: 'EAGAIN' }));
  close(forger);
  transport.close();
});

/** The ports of rtnetlink sockets in the namespace: the third column of net/netlink, where the second is 0 (NETLINK_ROUTE). */
function ports(): number[] {
  const lines = withNetns(netns.path, () => readFileSync('/proc/thread-self/net/netlink', 'utf8')).split('\n');
  return lines
    .map((line) => line.split(/\s+/))
    .flatMap(([, protocol, portId]) => (protocol === '0' && portId !== '0' ? [Number(portId)] : []));
}

describe('sysctl', () => {
  const path = ['ipv6', 'conf', 'br0', 'accept_ra'];

  test('is of the namespace, and the same value is not written again', () => {
    expect(writeSysctl(netns.path, path, '0')).toBe('written');
    expect(writeSysctl(netns.path, path, '0')).toBe('same');
    expect(netns.run('cat', '/proc/sys/net/ipv6/conf/br0/accept_ra').trim()).toBe('0');
    expect(readSysctl(netns.path, path)).toBe('0');
    expect(readSysctl(undefined, path)).toBeUndefined();
  });

  test('what the kernel does not have is missing, what it refuses is an error', () => {
    expect(writeSysctl(netns.path, ['ipv9', 'conf'], '1')).toBe('missing');
    expect(() => writeSysctl(netns.path, path, 'nonsense')).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });
});
