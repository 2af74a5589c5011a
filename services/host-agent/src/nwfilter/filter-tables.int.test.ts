import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { builtinFilters, parseNwfilter, type NwfilterDef } from '@virtbus/libvirt-xml';
import { compileFilter, type PortFilter } from '../core/nwfilter/compile-filter.js';
import { learningFilter } from '../core/nwfilter/learning-filter.js';
import { testHost, type TestHost } from '../links/test-host.js';
import { guestOn, type TestMachine } from '../links/test-network.js';
import { Nftables } from '../links/nftables.js';
import { FilterTables } from './filter-tables.js';
import { arp, BROADCAST, ethernet, ipv4, ipv6, RawLink, tcp, udp } from './test-frames.js';

const [guestIp, peerIp] = ['10.79.0.2', '10.79.0.3'];
const STRANGER = '52:54:00:99:99:99';
const [IPV4, ARP, RARP, IPV6, VLAN] = [0x0800, 0x0806, 0x8035, 0x86dd, 0x8100];
const UDP = 17;
const TCP = 6;
/** For a frame to get through a bridge on a loaded machine. */
const SETTLE_MS = 150;

let host: TestHost;
let tables: FilterTables;
let guest: TestMachine & { readonly link: string };
let peer: TestMachine & { readonly link: string };
let fromGuest: RawLink;
let fromPeer: RawLink;
let mac: string;
let peerMac: string;

beforeAll(() => {
  host = testHost();
  host.run('ip', 'link', 'add', 'br0', 'up', 'type', 'bridge');
  // Machines without addresses say nothing by themselves.
  guest = guestOn(host, 'br0');
  peer = guestOn(host, 'br0');
  for (const machine of [guest, peer]) machine.run('ip', 'link', 'set', 'eth0', 'arp', 'off');
  tables = new FilterTables(new Nftables(host.options.netns));
  [fromGuest, fromPeer] = [RawLink.open(guest.netns), RawLink.open(peer.netns)];
  [mac = '', peerMac = ''] = [guest, peer].map((machine) => machine.run('cat', '/sys/class/net/eth0/address').trim());
});
beforeEach(() => void [fromGuest.taken(), fromPeer.taken()]);
afterAll(async () => {
  fromGuest.close();
  fromPeer.close();
  guest.remove();
  peer.remove();
  await host.remove();
});

const definitions = (...more: NwfilterDef[]) => new Map<string, NwfilterDef>([...builtinFilters, ...more].map((one) => [one.name, one]));

function compiled(filter: string, ...more: NwfilterDef[]): PortFilter {
  const answer = compileFilter({ filter, definitions: definitions(...more), variables: { MAC: [mac], IP: [guestIp] } });
  if (answer.type === 'refused') throw new Error(answer.words);
  return answer;
}

/** The kernel may cut off what pads an IP packet to a frame. */
const isSame = (taken: Buffer, sent: Buffer): boolean =>
  taken.length >= 34 && [sent, untagged(sent)].some((one) => one.subarray(0, taken.length).equals(taken));

/** A VLAN's tag is taken off before a socket sees the frame. */
const untagged = (frame: Buffer): Buffer =>
  frame.readUInt16BE(12) === VLAN ? Buffer.concat([frame.subarray(0, 12), frame.subarray(16)]) : frame;

/** Which of the named frames, sent one after the other, come out at the other side. */
async function passing(from: RawLink, to: RawLink, frames: Readonly<Record<string, Buffer>>): Promise<string[]> {
  for (const frame of Object.values(frames)) from.send(frame);
  await sleep(SETTLE_MS);
  const taken = to.taken();
  return Object.entries(frames).flatMap(([name, frame]) => (taken.some((one) => isSame(one, frame)) ? [name] : []));
}

const data = (source: string, from: string, text: string) =>
  ethernet(peerMac, from, IPV4, ipv4({ from: source, to: peerIp, protocol: UDP, payload: udp(1000, 2000, text) }));

describe('clean-traffic', () => {
  const honest = () => ({
    'its own packets': data(guestIp, mac, 'own'),
    'its own questions': ethernet(BROADCAST, mac, ARP, arp({ mac, ip: guestIp, toIp: peerIp })),
    'its own answers': ethernet(peerMac, mac, ARP, arp({ opcode: 2, mac, ip: guestIp, toMac: peerMac, toIp: peerIp })),
    'its call for an address': ethernet(
      BROADCAST,
      mac,
      IPV4,
      ipv4({ from: '0.0.0.0', to: '255.255.255.255', protocol: UDP, payload: udp(68, 67, 'discover') }),
    ),
    "QEMU's announcement": ethernet(BROADCAST, mac, RARP, arp({ opcode: 3, mac, ip: '0.0.0.0', toMac: mac, toIp: '0.0.0.0' })),
  });
  const forged = () => ({
    'packets of another MAC': data(guestIp, STRANGER, 'mac'),
    'packets of another address': data('10.79.0.99', mac, 'ip'),
    'ARP of another MAC': ethernet(BROADCAST, mac, ARP, arp({ mac: STRANGER, ip: guestIp, toIp: peerIp })),
    'ARP of another address': ethernet(BROADCAST, mac, ARP, arp({ mac, ip: '10.79.0.1', toIp: peerIp })),
    'answers for another address': ethernet(peerMac, mac, ARP, arp({ opcode: 2, mac, ip: '10.79.0.1', toMac: peerMac, toIp: peerIp })),
    IPv6: ethernet(peerMac, mac, IPV6, ipv6(udp(1, 2, 'six'))),
    'a VLAN': ethernet(
      peerMac,
      mac,
      VLAN,
      Buffer.concat([Buffer.from('00050800', 'hex'), ipv4({ from: guestIp, to: peerIp, protocol: UDP, payload: udp(3, 4, 'vlan') })]),
    ),
    'an announcement for another': ethernet(
      BROADCAST,
      mac,
      RARP,
      arp({ opcode: 3, mac: STRANGER, ip: '0.0.0.0', toMac: STRANGER, toIp: '0.0.0.0' }),
    ),
    'some other protocol': ethernet(peerMac, mac, 0x88b5, Buffer.from('experiment')),
  });

  test('lets all through while there is none', async () => {
    const frames = { ...honest(), ...forged() };
    expect(await passing(fromGuest, fromPeer, frames)).toEqual(Object.keys(frames));
  });

  test('lets honest frames out and no others', async () => {
    await tables.apply(guest.link, compiled('clean-traffic'));
    expect(await passing(fromGuest, fromPeer, { ...forged(), ...honest() })).toEqual(Object.keys(honest()));
  });

  test('lets IPv4 and ARP in, and nothing else', async () => {
    const back = (type: number, payload: Buffer) => ethernet(mac, peerMac, type, payload);
    const frames = {
      packets: back(IPV4, ipv4({ from: peerIp, to: guestIp, protocol: UDP, payload: udp(1, 2, 'in') })),
      ARP: back(ARP, arp({ opcode: 2, mac: peerMac, ip: peerIp, toMac: mac, toIp: guestIp })),
      IPv6: back(IPV6, ipv6(udp(1, 2, 'six'))),
      'some other protocol': back(0x88b5, Buffer.from('experiment')),
    };
    expect(await passing(fromPeer, fromGuest, frames)).toEqual(['packets', 'ARP']);
  });

  test('does not bother the neighbour', async () => {
    const frame = ethernet(mac, STRANGER, IPV4, ipv4({ from: '10.79.0.77', to: guestIp, protocol: UDP, payload: udp(5, 6, 'theirs') }));
    expect(await passing(fromPeer, fromGuest, { theirs: frame })).toEqual(['theirs']);
  });

  test.each<[string, () => void]>([
    ['everything is flushed', () => host.run('nft', 'flush', 'ruleset')],
    ['a rule is deleted', () => host.run('nft', 'flush', 'chain', 'bridge', 'virtbus_nwfilter', firstChain())],
    [
      'its link is taken out of the map',
      () => host.run('nft', 'delete', 'element', 'bridge', 'virtbus_nwfilter', 'out2', `{ "${guest.link}" }`),
    ],
  ])('is put right when %s', async (_, meddle) => {
    expect(await tables.mend()).toEqual([]);
    meddle();
    expect(await tables.differs(guest.link, compiled('clean-traffic'))).toBe(true);
    expect(await tables.mend()).toEqual([guest.link]);
    expect(await passing(fromGuest, fromPeer, { forged: data('10.79.0.98', mac, 'again'), honest: data(guestIp, mac, 'fine') })).toEqual([
      'honest',
    ]);
  });

  test('is found again by another process, which replaces it and takes it away whole', async () => {
    const next = new FilterTables(new Nftables(host.options.netns));
    expect(await next.differs(guest.link, compiled('clean-traffic'))).toBe(false);
    await next.apply(guest.link, compiled('no-mac-spoofing'));
    expect(host.run('nft', 'list', 'table', 'bridge', 'virtbus_nwfilter')).not.toContain('arp');
    await next.remove(guest.link);
    await next.remove(guest.link);
    expect(host.run('nft', 'list', 'table', 'bridge', 'virtbus_nwfilter')).not.toContain(guest.link.slice(1));
    await tables.remove(guest.link);
  });
});

/** A chain that has rules. */
const firstChain = (): string =>
  /chain (p_\S+out2) \{\n\t\t\S/.exec(host.run('nft', 'list', 'table', 'bridge', 'virtbus_nwfilter'))?.[1] ?? '';

describe('a filter of connections', () => {
  const stateful = parseNwfilter(`<filter name='stateful'>
    <rule action='accept' direction='out' priority='100'><udp dstportstart='53'/></rule>
    <rule action='accept' direction='in' priority='100'><tcp dstportstart='22'/></rule>
    <rule action='drop' direction='inout' priority='1000'><all/></rule></filter>`);
  const out = (protocol: number, payload: Buffer) => ethernet(peerMac, mac, IPV4, ipv4({ from: guestIp, to: peerIp, protocol, payload }));
  const back = (protocol: number, payload: Buffer) => ethernet(mac, peerMac, IPV4, ipv4({ from: peerIp, to: guestIp, protocol, payload }));

  test('lets answers in to what the guest has asked, and nothing before', async () => {
    await tables.apply(guest.link, compiled('stateful', stateful));
    expect(await passing(fromPeer, fromGuest, { early: back(UDP, udp(53, 4000, 'answer')) })).toEqual([]);
    const asked = { question: out(UDP, udp(4000, 53, 'question')), other: out(UDP, udp(4000, 54, 'other')) };
    expect(await passing(fromGuest, fromPeer, asked)).toEqual(['question']);
    const answers = { answer: back(UDP, udp(53, 4000, 'answer')), stray: back(UDP, udp(53, 4001, 'stray')) };
    expect(await passing(fromPeer, fromGuest, answers)).toEqual(['answer']);
  });

  test('lets the guest answer who may call it', async () => {
    const [SYN, SYNACK] = [0x02, 0x12];
    expect(await passing(fromGuest, fromPeer, { unasked: out(TCP, tcp(22, 5000, SYNACK)) })).toEqual([]);
    expect(await passing(fromPeer, fromGuest, { call: back(TCP, tcp(5000, 22, SYN)), other: back(TCP, tcp(5000, 23, SYN)) })).toEqual([
      'call',
    ]);
    expect(await passing(fromGuest, fromPeer, { answer: out(TCP, tcp(22, 5000, SYNACK)) })).toEqual(['answer']);
  });

  test('remembers its connections when its rules change', async () => {
    await tables.apply(guest.link, compiled('stateful', { ...stateful, entry: stateful.entry.filter((_, index) => index !== 1) }));
    await tables.apply(guest.link, compiled('stateful', stateful));
    expect(await passing(fromGuest, fromPeer, { answer: out(TCP, tcp(22, 5000, 0x10)) })).toEqual(['answer']);
    await tables.remove(guest.link);
  });
});

test.each<['any' | 'dhcp', string[], string[]]>([
  ['any', ['address', 'ARP', 'DHCP'], ['other', 'offer']],
  ['dhcp', ['DHCP'], ['offer']],
])('while an address is learned by %s the guest may say %s and hear %s', async (mode, said, heard) => {
  await tables.apply(guest.link, learningFilter(mac, mode, [peerIp]));
  const own = {
    address: data('10.79.0.55', mac, 'mine'),
    ARP: ethernet(BROADCAST, mac, ARP, arp({ mac, ip: '10.79.0.55', toIp: peerIp })),
    DHCP: ethernet(BROADCAST, mac, IPV4, ipv4({ from: '0.0.0.0', to: '255.255.255.255', protocol: UDP, payload: udp(68, 67, mode) })),
    'another MAC': data('10.79.0.55', STRANGER, 'not mine'),
    IPv6: ethernet(peerMac, mac, IPV6, ipv6(udp(1, 2, 'six'))),
  };
  expect(await passing(fromGuest, fromPeer, own)).toEqual(said);
  const offer = (from: string) => ethernet(mac, peerMac, IPV4, ipv4({ from, to: '10.79.0.55', protocol: UDP, payload: udp(67, 68, mode) }));
  expect(await passing(fromPeer, fromGuest, { other: offer('10.79.0.9'), offer: offer(peerIp) })).toEqual(heard);
  await tables.remove(guest.link);
});

test('rules that nft does not take leave the old ones', async () => {
  await tables.apply(guest.link, compiled('no-mac-spoofing'));
  const before = host.run('nft', 'list', 'ruleset');
  const bad: PortFilter = {
    type: 'filter',
    chains: { out2: [{ conditions: [{ field: 'no such', value: 'field' }], verdict: 'drop' }], in2: [], out3: [], in3: [] },
    flows: [],
  };
  await expect(tables.apply(guest.link, bad)).rejects.toMatchObject({ name: 'LinkError', code: 'firewall_failed' });
  expect(host.run('nft', 'list', 'ruleset')).toBe(before);
  await tables.remove(guest.link);
});
