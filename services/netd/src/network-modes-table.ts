/** One line of docs/generated/network-modes.md for each way in which a network connects interfaces. What comes of it is tried out, not written here. */
export interface NetworkModeRow {
  readonly mode: string;
  readonly form?: string;
  readonly xml: string;
  /** What the interface says itself. */
  readonly vlan?: number;
  readonly virtualPort?: string;
  readonly test: readonly [file: string, name: string];
}

const life = [
  'tests/e2e/guest-life.e2e.test.ts',
  'starts, is plugged as its network says, and leaves nothing when it is destroyed',
] as const;
const e2e = ['tests/e2e/interface-types.e2e.test.ts', 'lend one in mode passthrough to one guest, and say so to the next'] as const;
const lent = [
  'tests/e2e/network-life.e2e.test.ts',
  "a bridge of the host is used and left as it is, and a pool's links are lent evenly, and counted",
] as const;
const resolve = 'services/netd/src/core/resolve-actual-net.test.ts';
const pools = [resolve, 'a pool of devices, mode %s'] as const;
const book = 'services/netd/src/device-book.test.ts';
const ip = `<bridge name='virbr7'/><ip address='10.7.0.1' prefix='24'/>`;
const firewall = 'services/host-agent/src/links/firewall.int.test.ts';
const devices = `<interface dev='eth0'/><interface dev='eth1'/>`;

export const networkModeRows: readonly NetworkModeRow[] = [
  { mode: 'none', form: 'isolated', xml: ip, test: life },
  {
    mode: 'nat',
    xml: `<forward mode='nat'/>${ip}`,
    test: [firewall, 'of a NAT network go out under the address of the host, and only answers come in'],
  },
  {
    mode: 'route',
    xml: `<forward mode='route'/>${ip}`,
    test: [firewall, 'of a routed network keep their address, and come in from outside'],
  },
  { mode: 'open', xml: `<forward mode='open'/>${ip}`, test: [firewall, 'of an open network are none, whatever was before'] },
  {
    mode: 'nat',
    form: '<virtualport>',
    xml: `<forward mode='nat'/>${ip}`,
    virtualPort: 'openvswitch',
    test: [resolve, 'a virtualport where IP is forwarded'],
  },
  {
    mode: 'bridge',
    form: 'a bridge of the host',
    xml: `<forward mode='bridge'/><bridge name='br0'/>`,
    test: lent,
  },
  {
    mode: 'bridge',
    form: 'a bridge of the host, <vlan>',
    xml: `<forward mode='bridge'/><bridge name='br0'/>`,
    vlan: 7,
    test: [resolve, 'a VLAN on a bridge'],
  },
  { mode: 'bridge', form: 'links', xml: `<forward mode='bridge'>${devices}</forward>`, test: lent },
  { mode: 'private', form: 'links', xml: `<forward mode='private'>${devices}</forward>`, test: pools },
  {
    mode: 'private',
    form: 'links behind 802.1Qbh',
    xml: `<forward mode='private'>${devices}</forward>`,
    virtualPort: '802.1Qbh',
    test: pools,
  },
  { mode: 'vepa', form: 'links', xml: `<forward mode='vepa'>${devices}</forward>`, test: pools },
  { mode: 'vepa', form: '<vlan>', xml: `<forward mode='vepa'>${devices}</forward>`, vlan: 7, test: [resolve, 'a VLAN on a macvtap'] },
  { mode: 'passthrough', form: 'links', xml: `<forward mode='passthrough'>${devices}</forward>`, test: e2e },
  {
    mode: 'passthrough',
    form: '<vlan>',
    xml: `<forward mode='passthrough'>${devices}</forward>`,
    vlan: 7,
    test: pools,
  },
  {
    mode: 'passthrough',
    form: '<pf>',
    xml: `<forward mode='passthrough'><pf dev='pf0'/></forward>`,
    test: [book, "a link that is a virtual function's is the same device as the function"],
  },
  {
    mode: 'hostdev',
    form: '<pf>',
    xml: `<forward mode='hostdev' managed='yes'><pf dev='pf0'/></forward>`,
    test: [book, 'asked again gives the same; given back twice is given back once'],
  },
  {
    mode: 'hostdev',
    form: '<address>',
    xml: `<forward mode='hostdev'><driver name='vfio'/><address type='pci' domain='0' bus='3' slot='16' function='1'/></forward>`,
    test: pools,
  },
  { mode: 'hostdev', form: '<vlan>', xml: `<forward mode='hostdev'><pf dev='pf0'/></forward>`, vlan: 7, test: pools },
  { mode: 'vepa', form: 'no device named', xml: `<forward mode='vepa'/>`, test: [book, 'a network that names no device'] },
];
