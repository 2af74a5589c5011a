/** One line of docs/generated/interface-types.md for each way in which an interface can be connected. What happens is tried out, not written here. */
export interface InterfaceTypeRow {
  readonly type: string;
  /** What of it the line is about, where one type has several. */
  readonly form?: string;
  readonly xml: string;
  /** A program that the host has not. */
  readonly without?: 'passt';
  /** A test with a real kernel or a real QEMU, and its name; for what is refused, the test of the refusal. */
  readonly test: readonly [file: string, name: string];
}

const e2e = 'tests/e2e/interface-types.e2e.test.ts';
const links = 'services/host-agent/src/links/direct-links.int.test.ts';
const kinds = 'services/host-agent/src/interfaces/kinds.test.ts';
const macvtap = 'libs/netlink/src/macvtap.int.test.ts';
const assigned = 'services/host-agent/src/sriov/assigned-functions.test.ts';
const together = [e2e, 'two guests reach each other by sockets and macvtaps, as each type promises'] as const;
const pci = (more = '') => `<source><address type='pci' domain='0' bus='3' slot='16' function='0'/></source>${more}`;

export const interfaceTypeRows: readonly InterfaceTypeRow[] = [
  {
    type: 'network',
    xml: `<source network='lab'/>`,
    test: ['tests/e2e/guest-life.e2e.test.ts', 'starts, is plugged as its network says, and leaves nothing when it is destroyed'],
  },
  {
    type: 'bridge',
    xml: `<source bridge='br0'/>`,
    test: [
      'tests/e2e/network-life.e2e.test.ts',
      "a bridge of the host is used and left as it is, and a pool's links are lent evenly, and counted",
    ],
  },
  { type: 'direct', form: "mode='vepa'", xml: `<source dev='eth0' mode='vepa'/>`, test: [macvtap, 'mode %s on a switch %s'] },
  { type: 'direct', form: "mode='bridge'", xml: `<source dev='eth0' mode='bridge'/>`, test: together },
  { type: 'direct', form: "mode='private'", xml: `<source dev='eth0' mode='private'/>`, test: together },
  {
    type: 'direct',
    form: "mode='passthrough'",
    xml: `<source dev='eth0' mode='passthrough'/>`,
    test: [e2e, 'lend one in mode passthrough to one guest, and say so to the next'],
  },
  {
    type: 'direct',
    form: '<vlan>',
    xml: `<source dev='eth0' mode='passthrough'/><vlan><tag id='5'/></vlan>`,
    test: [kinds, 'a VLAN in passthrough'],
  },
  {
    type: 'direct',
    form: '<virtualport>',
    xml: `<source dev='eth0'/><virtualport type='802.1Qbh'><parameters profileid='x'/></virtualport>`,
    test: [e2e, 'a profile of a switch'],
  },
  { type: 'ethernet', xml: '', test: together },
  {
    type: 'ethernet',
    form: "<target managed='no'>",
    xml: `<target dev='mine' managed='no'/>`,
    test: [links, 'are opened and left as they are'],
  },
  {
    type: 'ethernet',
    form: '<script>, in VIRTBUS_INTERFACE_SCRIPTS',
    xml: `<script path='/opt/up'/>`,
    test: [links, 'are run only from the list, in the network of the host, with the name of the link'],
  },
  {
    type: 'ethernet',
    form: '<script>, any other',
    xml: `<script path='/etc/qemu-ifup'/>`,
    test: [kinds, 'a script that the host does not run'],
  },
  { type: 'user', xml: '', test: together },
  {
    type: 'user',
    form: "<backend type='passt'>",
    xml: `<backend type='passt'/>`,
    test: [
      'tests/e2e/passt.e2e.test.ts',
      "a guest has its host's address from passt, is reached by a port of the host, and leaves nothing",
    ],
  },
  {
    type: 'user',
    form: "<backend type='passt'>, not installed",
    xml: `<backend type='passt'/>`,
    without: 'passt',
    test: [kinds, 'is refused by the path of the interface where it is not installed'],
  },
  { type: 'internal', xml: `<source name='x'/>`, test: [kinds, 'type internal has QEMU’s own network stack, like type user'] },
  { type: 'mcast', xml: `<source address='230.0.0.1' port='5558'/>`, test: together },
  { type: 'udp', xml: `<source address='127.0.0.1' port='5558'><local address='127.0.0.1' port='5559'/></source>`, test: together },
  { type: 'server', xml: `<source port='5558'/>`, test: together },
  { type: 'client', xml: `<source address='127.0.0.1' port='5558'/>`, test: together },
  {
    type: 'vhostuser',
    form: "mode='client'",
    xml: `<source type='unix' path='/run/vhu' mode='client'/>`,
    test: ['tests/e2e/plug-kinds.e2e.test.ts', 'vhost-user: QEMU and its peer agree, at a start and when one more is plugged'],
  },
  {
    type: 'vhostuser',
    form: "mode='server'",
    xml: `<source type='unix' path='/run/vhu' mode='server'/>`,
    test: [kinds, 'type %s is QEMU’s own affair: nothing is made on the host'],
  },
  { type: 'vdpa', xml: `<source dev='/dev/null'/>`, test: [kinds, 'a vDPA device that is not there'] },
  { type: 'hostdev', form: 'PCI, a virtual function', xml: pci(), test: [assigned, 'files and a peer in place of a card: $sentence'] },
  {
    type: 'hostdev',
    form: 'PCI, <vlan> of one tag',
    xml: pci(`<vlan><tag id='5'/></vlan>`),
    test: [assigned, 'files and a peer in place of a card: $sentence'],
  },
  {
    type: 'hostdev',
    form: 'PCI, <vlan> of several',
    xml: pci(`<vlan><tag id='5'/><tag id='6'/></vlan>`),
    test: [kinds, 'a trunk of an assigned device'],
  },
  {
    type: 'hostdev',
    form: 'USB, by address',
    xml: `<source><address type='usb' bus='1' device='2'/></source>`,
    test: [kinds, 'an assigned USB device'],
  },
  {
    type: 'hostdev',
    form: 'USB, by vendor',
    xml: `<source><vendor id='0x1234'/><product id='0xbeef'/></source>`,
    test: [kinds, 'one by its vendor'],
  },
  { type: 'null', xml: '', test: [kinds, 'an interface that only bhyve has'] },
  {
    type: 'vds',
    xml: `<source switchid='4dd41997-8b1a-4f0e-9f0a-3c1f9c8f2a11' portid='1' portgroupid='p' connectionid='2'/>`,
    test: [kinds, 'one that only ESX has'],
  },
];
