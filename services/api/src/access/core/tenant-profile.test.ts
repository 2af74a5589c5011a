import { parseXml } from '@virtbus/libvirt-xml';
import { describe, expect, test } from 'vitest';
import { grants, type Grant } from './identity.js';
import { networksOf, offencesOf, secretsOf, type Profile } from './tenant-profile.js';

const tenant: Profile = { grants: [], roots: ['/var/lib/pool', '/srv/images/'] };
const domain = (devices: string, head = '', attributes = '') =>
  `<domain type='kvm'${attributes}><name>a</name>${head}<devices>${devices}</devices></domain>`;
const found = (xml: string, profile = tenant) =>
  offencesOf(parseXml(xml, 'test'), profile).map(({ element, grant }) => `${element} ${grant ?? '-'}`);

const QEMU = "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'";
const disk = (source: string, attributes = "type='file' device='disk'") =>
  `<disk ${attributes}><driver name='qemu' type='qcow2'/>${source}<target dev='vda' bus='virtio'/></disk>`;

describe('what a tenant may not define', () => {
  test.each<[string, string, string[]]>([
    ['words for QEMU', domain('', "<qemu:commandline><qemu:arg value='-S'/></qemu:commandline>", ` ${QEMU}`), ['qemu:commandline -']],
    ['them under another prefix', domain('', `<q:override xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'/>`), ['q:override -']],
    ['them without a prefix', domain('', `<commandline xmlns='http://libvirt.org/schemas/domain/qemu/1.0'/>`), ['commandline -']],
    ['an emulator', domain('<emulator>/usr/bin/qemu-system-x86_64</emulator>'), ['emulator -', 'emulator host-path']],
    ['a device of the host', domain("<hostdev mode='subsystem' type='pci'/>"), ['hostdev hostdev']],
    ['an assigned interface', domain("<interface type='hostdev'/>"), ['interface hostdev']],
    ['a bridge of the host', domain("<interface type='bridge'><source bridge='br0'/></interface>"), ['interface host-network']],
    ['a device of the host’s network', domain("<interface type='direct'><source dev='eth0'/></interface>"), ['interface host-network']],
    ['a disk outside of the pools', domain(disk("<source file='/etc/shadow'/>")), ['source host-path']],
    ['a way around a pool', domain(disk("<source file='/var/lib/pool/../../../etc/shadow'/>")), ['source host-path']],
    ['a neighbour of a pool', domain(disk("<source file='/var/lib/pool2/a'/>")), ['source host-path']],
    ['a path that begins nowhere', domain(disk("<source file='shadow'/>")), ['source host-path']],
    [
      'an image behind an image',
      domain(disk("<source file='/srv/images/a'/><backingStore type='file'><source file='/etc/shadow'/></backingStore>")),
      ['source host-path'],
    ],
    ['a block device', domain(disk("<source dev='/dev/sda'/>", "type='block' device='disk'")), ['disk hostdev']],
    [
      'a disk behind the host’s network',
      domain(disk("<source protocol='http' name='/x'/>", "type='network' device='disk'")),
      ['disk network-storage'],
    ],
    ['a LUN', domain(disk('', "type='volume' device='lun'")), ['disk hostdev']],
    ['a kernel of the host', domain('', '<os><type>hvm</type><kernel>/boot/vmlinuz</kernel></os>'), ['kernel host-path']],
    ['firmware of the host', domain('', "<os><loader type='pflash'>/usr/share/OVMF.fd</loader></os>"), ['loader host-path']],
    [
      'a file for the firmware',
      domain('', "<sysinfo type='fwcfg'><entry name='opt/a' file='/etc/shadow'/></sysinfo>"),
      ['entry host-path'],
    ],
    ['a serial line into a file', domain("<serial type='file'><source path='/etc/cron.d/x'/></serial>"), ['serial host-path']],
    [
      'a serial line to the network',
      domain("<console type='tcp'><source mode='connect' host='h' service='1'/></console>"),
      ['console host-path'],
    ],
    ['a socket at a place of its own', domain("<channel type='unix'><source mode='bind' path='/run/x'/></channel>"), ['source host-path']],
    ['a log', domain("<serial type='pty'><log file='/etc/x'/></serial>"), ['log host-path']],
    ['a shared directory', domain("<filesystem type='mount'><source dir='/'/><target dir='r'/></filesystem>"), ['filesystem host-path']],
    [
      'randomness from the network',
      domain("<rng model='virtio'><backend model='egd' type='tcp'/></rng>"),
      ['backend hostdev', 'backend hostdev'],
    ],
    ['a TPM of the host', domain("<tpm><backend type='passthrough'/></tpm>"), ['backend hostdev']],
    ['another confinement', domain('', "<seclabel type='none'/>"), ['seclabel -']],
    ['a screen for everyone', domain("<graphics type='vnc' listen='0.0.0.0'/>"), ['graphics host-network']],
    [
      'a screen for everyone, said inside',
      domain("<graphics type='vnc'><listen type='address' address='::'/></graphics>"),
      ['listen host-network'],
    ],
    ['a program for the interface', domain("<interface type='network'><script path='/x'/></interface>"), ['script -', 'script host-path']],
    ['processors of the host', domain('', "<cputune><vcpupin vcpu='0' cpuset='1'/></cputune>"), ['cputune host-tuning']],
    ['one device by itself', "<hostdev mode='subsystem' type='usb'/>", ['hostdev hostdev']],
    [
      'a network on a bridge of the host',
      "<network><name>n</name><forward mode='bridge'/><bridge name='br0'/></network>",
      ['forward host-network', 'bridge host-network'],
    ],
    ['a network through one device', "<network><name>n</name><forward mode='nat' dev='eth0'/></network>", ['forward host-network']],
    ['words for dnsmasq', "<network xmlns:d='http://libvirt.org/schemas/network/dnsmasq/1.0'><d:options/></network>", ['d:options -']],
  ])('%s', (_, xml, expected) => expect(found(xml)).toEqual(expected));
});

const whole = domain(
  [
    disk("<source file='/var/lib/pool/a.qcow2'/>"),
    disk("<source pool='p' volume='v'/>", "type='volume' device='disk'"),
    disk('', "type='file' device='cdrom'"),
    "<interface type='network'><source network='lab'/><model type='virtio'/></interface>",
    "<serial type='pty'><target port='0'/></serial><console type='pty'/>",
    "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>",
    "<graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'><listen type='address' address='127.0.0.1'/></graphics>",
    "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng><input type='tablet' bus='usb'/>",
    "<memballoon model='virtio'/><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>",
  ].join(''),
  "<metadata><x:y xmlns:x='u' path='/etc'><x:hostdev/></x:y></metadata><os firmware='efi'><type>hvm</type><cmdline>/init</cmdline></os><cpu mode='host-model'/>",
  ` ${QEMU}`,
);

test('what virt-install makes is taken', () => expect(found(whole)).toEqual([]));

test.each<[Grant, string]>([
  ['hostdev', domain("<hostdev mode='subsystem' type='pci'/>")],
  ['host-network', domain("<interface type='bridge'><source bridge='br0'/></interface>")],
  ['host-path', domain(disk("<source file='/etc/shadow'/>"))],
  ['network-storage', domain(disk("<source protocol='rbd' name='a/b'/>", "type='network'"))],
  ['host-tuning', domain('', '<cputune/>')],
])('the grant %s allows it, and the others do not', (grant, xml) => {
  expect(found(xml, { ...tenant, grants: [grant] })).toEqual([]);
  expect(found(xml, { ...tenant, grants: grants.filter((one) => one !== grant) })).not.toEqual([]);
});

test('the path names the element among its kin', () => {
  const xml = domain(`${disk("<source file='/srv/images/a'/>")}${disk("<source file='/etc/shadow'/>")}`);
  expect(offencesOf(parseXml(xml, 'test'), tenant)[0]).toMatchObject({
    path: '/domain/devices/disk[2]/source',
    why: '/etc/shadow lies in no storage pool',
  });
});

test('the networks that a definition plugs into', () =>
  expect(
    networksOf(
      parseXml(
        domain("<interface type='network'><source network='a'/></interface><interface type='network'><source network='b'/></interface>"),
        'test',
      ),
    ),
  ).toEqual(['a', 'b']));

test('the secrets of a definition are found, wherever they stand and however they are named', () => {
  const auth = (type: string, of: string) => `<auth username='u'><secret type='${type}' ${of}/></auth>`;
  const xml = domain(
    `${disk(`<source protocol='rbd' name='p/i'>${auth('ceph', "usage='a'")}</source>`, "type='network'")}
    ${disk("<source file='/x'><encryption format='luks'><secret type='passphrase' uuid='b'/></encryption></source>")}
    <hostdev><source protocol='iscsi'>${auth('iscsi', "usage='c'")}</source></hostdev>
    <tpm model='tpm-crb'><backend type='emulator'><encryption secret='d'/></backend></tpm>`,
  );
  expect(secretsOf(parseXml(xml, 'test'))).toEqual([{ usage: 'a' }, { uuid: 'b' }, { usage: 'c' }, { uuid: 'd' }]);
  expect(secretsOf(parseXml("<secret uuid='e'><usage type='ceph'><name>a</name></usage></secret>", 'test'))).toEqual([]);
});
