import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { close, withNetns } from '@virtbus/libc';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  Rtnetlink,
  createBridge,
  getLink,
  getRxFrames,
  listLinks,
  openTap,
  setRxFrames,
  watchLinks,
  type LinkEvent,
  type Tap,
  type TapRequest,
} from './index.js';
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

function open(request: Partial<TapRequest>): Tap {
  const tap = openTap({ name: 't0', vnetHdr: false, queues: 1, netns: netns.path, ...request });
  fds.push(...tap.fds);
  return tap;
}
const openDescriptors = () => readdirSync('/proc/self/fd').length;
const refused = (code: string, syscall = 'TUNSETIFF') => expect.objectContaining({ name: 'SystemError', code, syscall });
/** `ip netns exec` mounts the namespace's own sysfs. */
const tunFlags = (name: string) => netns.run('cat', `/sys/class/net/${name}/tun_flags`).trim();

test.each([
  ['plain', { vnetHdr: false, queues: 1 }, '0x1002', 0x1002],
  ['with a virtio-net header', { vnetHdr: true, queues: 1 }, '0x5002', 0x5002],
  ['with a header and two queues', { vnetHdr: true, queues: 2 }, '0x5102', 0x5102],
  ['with two queues', { vnetHdr: false, queues: 2 }, '0x1102', 0x1102],
])('a tap %s has the flags that sysfs shows', (_, request, shown, flags) => {
  const tap = open(request);
  expect(tap.fds).toHaveLength(request.queues);
  expect(tunFlags('t0')).toBe(shown);
  expect(getLink(rtnetlink, 't0')?.tun).toMatchObject({ type: 'tap', flags, persistent: false });
});

test('as many queues as asked', () => {
  open({ queues: 8, vnetHdr: true });
  expect(getLink(rtnetlink, 't0')?.tun).toMatchObject({ queues: 8 });
});

test('the kernel completes a template with the lowest free number', () => {
  expect(open({ name: 'mytap%d' }).name).toBe('mytap0');
  expect(open({ name: 'mytap%d', queues: 2 }).name).toBe('mytap1');
  fds.splice(0, 1).forEach(close);
  expect(open({ name: 'mytap%d' }).name).toBe('mytap0');
});

test('a name of fifteen bytes is kept whole', () => {
  expect(open({ name: 'abcdefghijklmno' }).name).toBe('abcdefghijklmno');
  expect(getLink(rtnetlink, 'abcdefghijklmno')?.kind).toBe('tun');
});

test.each([
  ['of a bridge', () => createBridge(rtnetlink, { name: 't0' }), 'EEXIST'],
  ['of a tap in use', () => open({}), 'EEXIST'],
  ['of a tap in use with room for queues', () => open({ queues: 2 }), 'EEXIST'],
  ["of someone's persistent tap", () => netns.run('ip', 'tuntap', 'add', 't0', 'mode', 'tap'), 'EEXIST'],
])('the name %s is refused, and no descriptor stays open', (_, occupy, code) => {
  occupy();
  const before = [openDescriptors(), listLinks(rtnetlink).length];
  for (const queues of [1, 4]) expect(() => open({ queues })).toThrow(refused(code));
  expect([openDescriptors(), listLinks(rtnetlink).length]).toEqual(before);
});

test.each([
  ['m%d%d', 'EINVAL'],
  ['m%s', 'EINVAL'],
  ['a/b', 'EINVAL'],
  ['a b', 'EINVAL'],
  ['..', 'EINVAL'],
  ['x'.repeat(16), 'ENAMETOOLONG'],
])('the name %j is refused with %s', (name, code) => expect(() => open({ name })).toThrow(refused(code)));

test('queues beyond what the kernel has are refused, and the half-made tap goes', () => {
  const before = openDescriptors();
  expect(() => open({ queues: 300 })).toThrow(refused('E2BIG'));
  expect(openDescriptors()).toBe(before);
  expect(getLink(rtnetlink, 't0')).toBeUndefined();
});

test('a namespace that is not there is refused', () => {
  expect(() => open({ netns: '/run/netns/virtbus-none' })).toThrow(refused('ENOENT', 'open'));
});

test('the tap goes with its last descriptor, which a child may hold', async () => {
  const tap = open({});
  const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'ignore', ...tap.fds] });
  fds.splice(0).forEach(close);
  expect(getLink(rtnetlink, 't0')).toBeDefined();
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill();
  await gone;
  expect(getLink(rtnetlink, 't0')).toBeUndefined();
});

test('a child that is not given the descriptor does not hold it', () => {
  const tap = open({});
  const flags = readFileSync(`/proc/self/fdinfo/${tap.fds[0]}`, 'utf8');
  expect(flags).toMatch(/flags:\s+02[0-7]{6}\n/);
  expect(execFileSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8' })).not.toContain('/dev/net/tun');
});

test('a tap of this namespace stays out of others', () => {
  open({});
  const here = Rtnetlink.open();
  expect(listLinks(here).some(({ name }) => name === 't0')).toBe(false);
  here.close();
  expect(withNetns(netns.path, () => readFileSync('/proc/thread-self/net/dev', 'utf8'))).toContain('t0:');
});

test('changes of links are told, and the end of listening ends it', async () => {
  const heard: string[] = [];
  const watch = watchLinks({ netns: netns.path, intervalMs: 5 }, (event: LinkEvent) =>
    heard.push(event.type === 'lost' ? 'lost' : `${event.type} ${event.link.name} ${event.link.mtu}`),
  );
  const until = async (sentence: string) => {
    await expect.poll(() => heard, { timeout: 3000 }).toContain(sentence);
  };
  netns.run('ip', 'link', 'add', 'br9', 'type', 'bridge');
  await until('changed br9 1500');
  netns.run('ip', 'link', 'set', 'br9', 'mtu', '1400');
  await until('changed br9 1400');
  netns.run('ip', 'link', 'del', 'br9');
  await until('removed br9 1400');
  watch.close();
  heard.length = 0;
  netns.run('ip', 'link', 'add', 'br8', 'type', 'bridge');
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(heard).toEqual([]);
});

test('notifications that the kernel had to drop are told as lost', async () => {
  const heard = new Set<string>();
  const watch = watchLinks({ netns: netns.path, intervalMs: 20 }, (event) => heard.add(event.type));
  const flap = Array.from({ length: 1500 }, (_, index) => `link set lo mtu ${10_000 + index}`).join('\n');
  netns.run('sh', '-c', `echo '${flap}' | ip -batch -`);
  await expect.poll(() => [...heard], { timeout: 3000 }).toContain('lost');
  watch.close();
});

test('a tap gathers as many frames as it is told, and no more than the kernel lets it', () => {
  open({});
  createBridge(rtnetlink, { name: 'br0', mac: '52:54:00:00:00:01' });
  expect(getRxFrames(netns.path, 't0')).toBe(0);
  for (const [wanted, is] of [
    [7, 7],
    [4096, 64],
    [0, 0],
  ] as const) {
    setRxFrames(netns.path, 't0', wanted);
    expect(getRxFrames(netns.path, 't0')).toBe(is);
  }
  expect(() => setRxFrames(netns.path, 'br0', 7)).toThrow(refused('ENOTSUP', 'SIOCETHTOOL'));
  expect(() => getRxFrames(netns.path, 'gone')).toThrow(refused('ENODEV', 'SIOCETHTOOL'));
});
