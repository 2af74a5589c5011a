/**
 * The filters that every fleet has from the start: names, chains and meaning are those that libvirt documents (`formatnwfilter`,
 * "Example filters" and "Pre-existing network filters"). Their UUIDs are the same in every fleet.
 */
import type { FilterRefDef, FilterRuleDef, NwfilterDef } from './nwfilter.js';
import type { RuleMatch } from './protocols.js';

type Entry = NwfilterDef['entry'][number];
type Rule = Pick<FilterRuleDef, 'action' | 'direction'> & { readonly priority?: number };

const rule = (given: Rule, match?: RuleMatch): Entry => ({
  name: 'rule',
  value: { priority: 500, ...given, match: match ? [match] : [] },
});

const include = (filter: string): Entry => ({ name: 'filterref', value: { filter, parameter: [] } satisfies FilterRefDef });

const LAST = 1000;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
/** QEMU's announcement after a migration once carried this type, RARP's with a digit lost. */
const OLD_ANNOUNCEMENT = '0x835';

const everything = (given: Rule): readonly Entry[] => [rule(given)];

const dhcp4 = (server: { readonly srcipaddr?: string }): readonly Entry[] => [
  rule(
    { action: 'accept', direction: 'out', priority: 100 },
    {
      name: 'ip',
      value: { srcipaddr: '0.0.0.0', dstipaddr: '255.255.255.255', protocol: 'udp', srcportstart: '68', dstportstart: '67' },
    },
  ),
  rule(
    { action: 'accept', direction: 'in', priority: 100 },
    { name: 'ip', value: { ...server, protocol: 'udp', srcportstart: '67', dstportstart: '68' } },
  ),
];

const dhcp6 = (server: { readonly srcipaddr?: string }): readonly Entry[] => [
  rule(
    { action: 'accept', direction: 'out', priority: 100 },
    {
      name: 'ipv6',
      value: { srcipaddr: 'fe80::', srcipmask: '10', dstipaddr: 'ff02::1:2', protocol: 'udp', srcportstart: '546', dstportstart: '547' },
    },
  ),
  rule(
    { action: 'accept', direction: 'in', priority: 100 },
    { name: 'ipv6', value: { ...server, protocol: 'udp', srcportstart: '547', dstportstart: '546' } },
  ),
];

const announcement = {
  opcode: 'Request_Reverse',
  arpsrcmacaddr: '$MAC',
  arpdstmacaddr: '$MAC',
  arpsrcipaddr: '0.0.0.0',
  arpdstipaddr: '0.0.0.0',
};

const ownTraffic: readonly Entry[] = [include('no-other-l2-traffic'), include('qemu-announce-self')];
const arpBothWays = rule({ action: 'accept', direction: 'inout', priority: -500 }, { name: 'mac', value: { protocolid: 'arp' } });

interface Builtin {
  readonly uuid: string;
  readonly chain?: string;
  readonly priority?: number;
  readonly entry: readonly Entry[];
}

const builtins: Readonly<Record<string, Builtin>> = {
  'allow-arp': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000001',
    chain: 'arp',
    priority: -500,
    entry: everything({ action: 'accept', direction: 'inout' }),
  },
  'allow-dhcp': { uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000002', chain: 'ipv4', priority: -700, entry: dhcp4({}) },
  'allow-dhcp-server': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000003',
    chain: 'ipv4',
    priority: -700,
    entry: dhcp4({ srcipaddr: '$DHCPSERVER' }),
  },
  'allow-dhcpv6': { uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000004', chain: 'ipv6', priority: -600, entry: dhcp6({}) },
  'allow-dhcpv6-server': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000005',
    chain: 'ipv6',
    priority: -600,
    entry: dhcp6({ srcipaddr: '$DHCPSERVER' }),
  },
  'allow-incoming-ipv4': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000006',
    chain: 'ipv4',
    priority: -700,
    entry: everything({ action: 'accept', direction: 'in' }),
  },
  'allow-incoming-ipv6': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000007',
    chain: 'ipv6',
    priority: -600,
    entry: everything({ action: 'accept', direction: 'in' }),
  },
  'allow-ipv4': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000008',
    chain: 'ipv4',
    priority: -700,
    entry: everything({ action: 'accept', direction: 'inout' }),
  },
  'allow-ipv6': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000009',
    chain: 'ipv6',
    priority: -600,
    entry: everything({ action: 'accept', direction: 'inout' }),
  },
  'clean-traffic': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-00000000000a',
    entry: [
      include('no-mac-spoofing'),
      include('no-ip-spoofing'),
      rule({ action: 'accept', direction: 'out', priority: -650 }, { name: 'mac', value: { protocolid: 'ipv4' } }),
      include('allow-incoming-ipv4'),
      include('no-arp-spoofing'),
      arpBothWays,
      ...ownTraffic,
    ],
  },
  'clean-traffic-gateway': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-00000000000b',
    entry: [
      include('no-mac-spoofing'),
      include('no-ip-spoofing'),
      include('no-arp-spoofing'),
      arpBothWays,
      rule({ action: 'accept', direction: 'in' }, { name: 'mac', value: { srcmacaddr: '$GATEWAY_MAC' } }),
      rule({ action: 'accept', direction: 'out' }, { name: 'mac', value: { dstmacaddr: '$GATEWAY_MAC' } }),
      ...ownTraffic,
    ],
  },
  'no-arp-ip-spoofing': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-00000000000c',
    chain: 'arp-ip',
    priority: -510,
    entry: [
      rule({ action: 'return', direction: 'out', priority: 400 }, { name: 'arp', value: { arpsrcipaddr: '$IP' } }),
      rule({ action: 'drop', direction: 'out', priority: LAST }),
    ],
  },
  'no-arp-mac-spoofing': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-00000000000d',
    chain: 'arp-mac',
    priority: -520,
    entry: [
      rule({ action: 'return', direction: 'out', priority: 350 }, { name: 'arp', value: { arpsrcmacaddr: '$MAC' } }),
      rule({ action: 'drop', direction: 'out', priority: LAST }),
    ],
  },
  'no-arp-spoofing': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-00000000000e',
    entry: [include('no-arp-mac-spoofing'), include('no-arp-ip-spoofing')],
  },
  'no-ip-multicast': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-00000000000f',
    chain: 'ipv4',
    priority: -700,
    entry: [rule({ action: 'drop', direction: 'out' }, { name: 'ip', value: { dstipaddr: '224.0.0.0', dstipmask: '4' } })],
  },
  'no-ip-spoofing': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000010',
    chain: 'ipv4-ip',
    priority: -710,
    entry: [
      rule({ action: 'return', direction: 'out', priority: 100 }, { name: 'ip', value: { srcipaddr: '0.0.0.0', protocol: 'udp' } }),
      rule({ action: 'return', direction: 'out' }, { name: 'ip', value: { srcipaddr: '$IP' } }),
      rule({ action: 'drop', direction: 'out', priority: LAST }),
    ],
  },
  'no-ipv6-multicast': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000011',
    chain: 'ipv6',
    priority: -600,
    entry: [rule({ action: 'drop', direction: 'out' }, { name: 'ipv6', value: { dstipaddr: 'ff00::', dstipmask: '8' } })],
  },
  'no-ipv6-spoofing': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000012',
    chain: 'ipv6-ip',
    priority: -610,
    entry: [
      rule(
        { action: 'return', direction: 'out', priority: 100 },
        { name: 'ipv6', value: { srcipaddr: 'fe80::', srcipmask: '10', protocol: 'udp' } },
      ),
      rule({ action: 'return', direction: 'out' }, { name: 'ipv6', value: { srcipaddr: '$IPV6' } }),
      rule({ action: 'drop', direction: 'out', priority: LAST }),
    ],
  },
  'no-mac-broadcast': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000013',
    chain: 'ipv4',
    priority: -700,
    entry: [rule({ action: 'drop', direction: 'out' }, { name: 'mac', value: { dstmacaddr: BROADCAST } })],
  },
  'no-mac-spoofing': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000014',
    chain: 'mac',
    priority: -800,
    entry: [
      rule({ action: 'return', direction: 'out' }, { name: 'mac', value: { srcmacaddr: '$MAC' } }),
      rule({ action: 'drop', direction: 'out' }, { name: 'mac', value: {} }),
    ],
  },
  'no-other-l2-traffic': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000015',
    entry: everything({ action: 'drop', direction: 'inout', priority: LAST }),
  },
  'no-other-rarp-traffic': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000016',
    chain: 'rarp',
    priority: -400,
    entry: everything({ action: 'drop', direction: 'inout', priority: LAST }),
  },
  'qemu-announce-self': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000017',
    entry: [
      rule({ action: 'accept', direction: 'out' }, { name: 'mac', value: { protocolid: OLD_ANNOUNCEMENT } }),
      include('qemu-announce-self-rarp'),
      include('no-other-rarp-traffic'),
    ],
  },
  'qemu-announce-self-rarp': {
    uuid: '6b1f3c0e-0a55-4c0b-9a01-000000000018',
    chain: 'rarp',
    priority: -400,
    entry: [
      rule({ action: 'accept', direction: 'out' }, { name: 'rarp', value: { srcmacaddr: '$MAC', dstmacaddr: BROADCAST, ...announcement } }),
      rule({ action: 'accept', direction: 'in' }, { name: 'rarp', value: { dstmacaddr: BROADCAST, ...announcement } }),
    ],
  },
};

export const builtinFilters: readonly (NwfilterDef & { readonly uuid: string })[] = Object.entries(builtins).map(
  ([name, { uuid, chain = 'root', priority, entry }]) => ({ name, chain, uuid, entry, ...(priority === undefined ? {} : { priority }) }),
);
