import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { builtinFilters, parseNwfilter } from '@virtbus/libvirt-xml';
import { compileFilter } from '../core/nwfilter/compile-filter.js';
import { testHost, type TestHost } from '../links/test-host.js';
import { guestOn, type TestMachine } from '../links/test-network.js';
import { Nftables } from '../links/nftables.js';
import { FilterTables } from './filter-tables.js';
import { Rejections } from './rejections.js';
import { ethernet, ipv4, RawLink, udp } from './test-frames.js';

const [guestIp, peerIp, UDP, IPV4] = ['10.79.0.2', '10.79.0.3', 17, 0x0800];
const rejecting = parseNwfilter(`<filter name='rejecting'>
  <rule action='reject' direction='out' priority='100'><udp dstportstart='53'/></rule>
  <rule action='reject' direction='in' priority='100'><udp dstportstart='69'/></rule></filter>`);

let host: TestHost;
let guest: TestMachine & { readonly link: string };
let peer: TestMachine & { readonly link: string };
let fromGuest: RawLink;
let fromPeer: RawLink;
let [mac, peerMac] = ['', ''];
let rejections: Rejections | undefined;
const warned: string[] = [];
const log = {
  log: () => undefined,
  warn: (text: string) => void warned.push(text),
  error: (text: string, cause: unknown) => void warned.push(`${text}: ${String(cause)}`),
};

beforeAll(async () => {
  host = testHost();
  host.run('ip', 'link', 'add', 'br0', 'up', 'type', 'bridge');
  guest = guestOn(host, 'br0');
  peer = guestOn(host, 'br0');
  for (const machine of [guest, peer]) machine.run('ip', 'link', 'set', 'eth0', 'arp', 'off');
  [fromGuest, fromPeer] = [RawLink.open(guest.netns), RawLink.open(peer.netns)];
  [mac = '', peerMac = ''] = [guest, peer].map((machine) => machine.run('cat', '/sys/class/net/eth0/address').trim());
  const definitions = new Map([...builtinFilters, rejecting].map((one) => [one.name, one]));
  const compiled = compileFilter({ filter: 'rejecting', definitions, variables: { MAC: [mac], IP: [guestIp] } });
  if (compiled.type === 'refused') throw new Error(compiled.words);
  const tables = new FilterTables(new Nftables(host.options.netns));
  await tables.apply(guest.link, compiled);
  expect(await tables.differs(guest.link, compiled)).toBe(false);
  rejections = Rejections.open({ netns: host.options.netns, log });
});
afterAll(async () => {
  rejections?.close();
  fromGuest.close();
  fromPeer.close();
  guest.remove();
  peer.remove();
  await host.remove();
});

const out = (port: number) =>
  ethernet(peerMac, mac, IPV4, ipv4({ from: guestIp, to: peerIp, protocol: UDP, payload: udp(4000, port, 'q') }));
const inward = (port: number) =>
  ethernet(mac, peerMac, IPV4, ipv4({ from: peerIp, to: guestIp, protocol: UDP, payload: udp(4000, port, 'q') }));
/** Up to the ports: what pads a short frame may be cut off. */
const isSame = (one: Buffer, other: Buffer): boolean => one.subarray(0, 42).equals(other.subarray(0, 42));
/** Destination, source, and what ICMP says, of frames of ICMP. */
const icmp = (frames: readonly Buffer[]) =>
  frames
    .filter((frame) => frame.readUInt16BE(12) === IPV4 && frame[23] === 1)
    .map((frame) => frame.subarray(0, 14).toString('hex') + frame.toString('hex', 34, 36));
const said = (to: string, from: string) => `${to}${from}`.replaceAll(':', '') + '08000303';

test.each<[string, () => [RawLink, RawLink, Buffer, Buffer, string]]>([
  ['what a guest may not send', () => [fromGuest, fromPeer, out(53), out(54), said(mac, peerMac)]],
  ['what a guest may not be sent', () => [fromPeer, fromGuest, inward(69), inward(70), said(peerMac, mac)]],
])('who sends %s is told so, and it does not come through', async (_, sides) => {
  const [from, to, rejected, allowed, answer] = sides();
  from.taken();
  to.taken();
  from.send(rejected);
  from.send(allowed);
  const [answers, arrived]: [Buffer[], Buffer[]] = [[], []];
  await vi.waitFor(
    () => {
      answers.push(...from.taken());
      arrived.push(...to.taken());
      expect(icmp(answers)).toEqual([answer]);
      expect(arrived.some((frame) => isSame(frame, allowed))).toBe(true);
    },
    { timeout: 10_000, interval: 20 },
  );
  expect(arrived.some((frame) => isSame(frame, rejected))).toBe(false);
});

test('a second listener is refused, and says that rejected packets are dropped in silence', () => {
  expect(Rejections.open({ netns: host.options.netns, log })).toBeUndefined();
  expect(warned).toEqual([expect.stringMatching(/dropped in silence: .*not permitted/)]);
});
