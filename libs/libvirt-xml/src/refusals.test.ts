/** What is refused, with which of libvirt's numbers and at which element. The numbers are libvirt's answers to the same documents. */
import { expect, test } from 'vitest';
import { assignDefaults } from './assign/assign-defaults.js';
import { recordedHosts } from './corpus/profiles.js';
import { parseDomain, parseInterface, parseNetwork, parseNetworkPort } from './documents.js';
import { LibvirtError } from './errors/libvirt-error.js';
import { validateNetwork } from './network/validate-network.js';
import { validateDomain } from './validate/validate-domain.js';

function refusalOf(act: () => unknown): { code: number; path: string | undefined } {
  try {
    act();
  } catch (error) {
    if (error instanceof LibvirtError) return { code: error.code, path: error.path };
    throw error;
  }
  throw new Error('nothing was refused');
}

interface Parts {
  readonly devices?: string;
  readonly general?: string;
  readonly os?: string;
  readonly machine?: string;
}

const domainOf = ({ devices = '', general = '', os = '', machine = 'pc' }: Parts): string =>
  `<domain type='qemu'><name>a</name><memory>1048576</memory>${general}<os><type arch='x86_64' machine='${machine}'>hvm</type>${os}</os><devices>${devices}</devices></domain>`;

function defineDomain(xml: string): void {
  const given = parseDomain(xml);
  const capabilities = recordedHosts['recent QEMU']!(given);
  validateDomain(assignDefaults(given, capabilities), capabilities);
}

const defineNetwork = (xml: string): void => validateNetwork(parseNetwork(xml));

const disk = (target: string, rest = '', attributes = ''): string =>
  `<disk type='file' ${attributes}><source file='/a'/>${target}${rest}</disk>`;
const vda = "<target dev='vda'/>";
const nic = (type: string, rest = ''): string => `<interface type='${type}'>${rest}</interface>`;

test.each<[string, Parts, number, string]>([
  ['a disk without a target', { devices: disk('') }, 20, '/domain/devices/disk'],
  ['a disk without a source', { devices: `<disk type='file'>${vda}</disk>` }, 19, '/domain/devices/disk[1]/source'],
  ['a partition as a target', { devices: disk("<target dev='vda1'/>") }, 67, '/domain/devices/disk'],
  ['two disks of one name', { devices: disk(vda) + disk(vda) }, 27, '/domain/devices/disk[2]/target'],
  ['a name that is none', { devices: disk("<target dev='xx'/>") }, 27, '/domain/devices/disk[1]/target'],
  ['a floppy on IDE', { devices: disk("<target dev='hda' bus='ide'/>", '', "device='floppy'") }, 1, '/domain/devices/disk'],
  ['a CD-ROM on virtio', { devices: disk("<target dev='vda' bus='virtio'/>", '', "device='cdrom'") }, 67, '/domain/devices/disk[1]'],
  [
    'a PCI address on IDE',
    { devices: disk("<target dev='hda'/>", "<address type='pci' slot='5'/>") },
    67,
    '/domain/devices/disk[1]/address',
  ],
  ['an image format that is none', { devices: disk(vda, "<driver name='qemu' type='luks'/>") }, 67, '/domain/devices/disk/driver/@type'],
  ['an image format that QEMU cannot', { devices: disk(vda, "<driver name='qemu' type='iso'/>") }, 67, '/domain/devices/disk[1]/driver'],
  ['native I/O with a cache', { devices: disk(vda, "<driver name='qemu' type='raw' io='native'/>") }, 67, '/domain/devices/disk[1]/driver'],
  ['an I/O thread that there is not', { devices: disk(vda, "<driver name='qemu' iothread='2'/>") }, 67, '/domain/devices/disk[1]/driver'],
  ['queues off virtio', { devices: disk("<target dev='hda'/>", "<driver queues='2'/>") }, 67, '/domain/devices/disk[1]/driver'],
  [
    'limits that exclude each other',
    { devices: disk(vda, '<iotune><total_bytes_sec>1</total_bytes_sec><read_bytes_sec>1</read_bytes_sec></iotune>') },
    27,
    '/domain/devices/disk/iotune',
  ],
  ['a LUN from a file', { devices: disk("<target dev='sda' bus='scsi'/>", '', "device='lun'") }, 67, '/domain/devices/disk[1]'],
  ['encryption as of old', { devices: disk(vda, "<encryption format='qcow'/>") }, 67, '/domain/devices/disk[1]/encryption'],

  ['a network interface without its source', { devices: nic('network') }, 27, '/domain/devices/interface'],
  ['a source without its bridge', { devices: nic('bridge', '<source/>') }, 27, '/domain/devices/interface/source'],
  ['a type that is none', { devices: nic('foo') }, 27, '/domain/devices/interface/@type'],
  ['a group address', { devices: nic('user', "<mac address='01:00:00:00:00:01'/>") }, 27, '/domain/devices/interface/mac'],
  ['a model with blanks', { devices: nic('user', "<model type='a b'/>") }, 8, '/domain/devices/interface/model/@type'],
  [
    'a VLAN beyond 4095',
    { devices: nic('bridge', "<source bridge='b'/><vlan><tag id='4096'/></vlan>") },
    27,
    '/domain/devices/interface/vlan',
  ],
  [
    'a floor outside networks',
    { devices: nic('bridge', "<source bridge='b'/><bandwidth><inbound floor='1'/></bandwidth>") },
    67,
    '/domain/devices/interface',
  ],
  [
    'a virtual port of no type',
    { devices: nic('bridge', "<source bridge='b'/><virtualport/>") },
    27,
    '/domain/devices/interface/virtualport',
  ],
  [
    'an unmanaged device of a bridge',
    { devices: nic('bridge', "<source bridge='b'/><target dev='x' managed='no'/>") },
    67,
    '/domain/devices/interface',
  ],
  [
    'vhost-user without virtio',
    { devices: nic('vhostuser', "<source type='unix' path='/a' mode='client'/>") },
    1,
    '/domain/devices/interface',
  ],
  [
    'host addresses on a bridge',
    { devices: nic('bridge', "<source bridge='b'><ip address='1.2.3.4'/></source>") },
    67,
    '/domain/devices/interface',
  ],
  [
    'guest addresses on a bridge',
    { devices: nic('bridge', "<source bridge='b'/><ip address='1.2.3.4'/>") },
    67,
    '/domain/devices/interface[1]/ip',
  ],
  [
    'queue sizes that are no powers of two',
    { devices: nic('user', "<model type='virtio'/><driver rx_queue_size='100'/>") },
    67,
    '/domain/devices/interface[1]/driver',
  ],
  [
    'isolation of a macvtap',
    { devices: nic('direct', "<source dev='e'/><port isolated='yes'/>") },
    67,
    '/domain/devices/interface[1]/port',
  ],
  ['a tuned ROM that is off', { devices: nic('user', "<rom enabled='no' file='/a'/>") }, 67, '/domain/devices/interface[1]/rom'],
  [
    'a coalescing beyond 32 bits',
    { devices: nic('bridge', "<source bridge='b'/><coalesce><rx><frames max='4294967296'/></rx></coalesce>") },
    82,
    '/domain/devices/interface/coalesce/rx/frames/@max',
  ],

  [
    'two devices of one name',
    { devices: disk(vda, "<alias name='ua-x'/>") + nic('user', "<alias name='ua-x'/>") },
    67,
    '/domain/devices/interface[1]/alias',
  ],
  [
    'two devices at one place in the boot order',
    { devices: disk(vda, "<boot order='1'/>") + nic('user', "<boot order='1'/>") },
    67,
    '/domain/devices/interface[1]/boot',
  ],
  [
    'two ways to say the boot order',
    { devices: disk(vda, "<boot order='1'/>"), os: "<boot dev='hd'/>" },
    67,
    '/domain/devices/disk[1]/boot',
  ],
  [
    'two controllers of one number',
    { devices: "<controller type='scsi' index='0'/><controller type='scsi' index='0'/>" },
    27,
    '/domain/devices/controller[2]',
  ],
  ['IDE on Q35', { devices: disk("<target dev='hda' bus='ide'/>"), machine: 'q35' }, 67, '/domain/devices/controller[4]'],
  ['a second console on a serial port', { devices: "<console type='pty'/><console type='pty'/>" }, 67, '/domain/devices/console[2]'],
  ['two primary graphics cards', { devices: "<video><model type='qxl' primary='yes'/></video>".repeat(2) }, 67, '/domain/devices/video'],
  [
    'a USB device without USB',
    { devices: "<controller type='usb' model='none'/><input type='tablet' bus='usb'/>" },
    67,
    '/domain/devices/controller',
  ],
  ['a tablet on PS/2', { devices: "<input type='tablet' bus='ps2'/>" }, 1, '/domain/devices/input[1]'],
  [
    'virtiofs without shared memory',
    { devices: "<filesystem type='mount'><driver type='virtiofs'/><source dir='/a'/><target dir='b'/></filesystem>" },
    67,
    '/domain/devices/filesystem[1]',
  ],
  [
    'memory that is added without room for it',
    { devices: "<memory model='dimm'><target><size>65536</size><node>0</node></target></memory>" },
    67,
    '/domain/devices/memory[1]',
  ],
  ['an IOMMU on i440fx', { devices: "<iommu model='intel'/>" }, 67, '/domain/devices/iommu'],
  [
    'a container of the host',
    { devices: "<hostdev mode='capabilities' type='storage'><source><block>/a</block></source></hostdev>" },
    67,
    '/domain/devices/hostdev/@mode',
  ],
  ['another architecture’s watchdog', { devices: "<watchdog model='diag288'/>" }, 67, '/domain/devices/watchdog'],

  ['a title of two lines', { general: '<title>a\nb</title>' }, 27, '/domain'],
  ['no vcpus', { general: '<vcpu>0</vcpu>' }, 27, '/domain/vcpu'],
  ['more vcpus in use than there are', { general: "<vcpu current='3'>2</vcpu>" }, 67, '/domain/vcpu'],
  [
    'a topology that does not multiply',
    { general: "<cpu><topology sockets='2' cores='1' threads='1'/></cpu>" },
    67,
    '/domain/cpu/topology',
  ],
  ['a period out of range', { general: '<cputune><period>5</period></cputune>' }, 67, '/domain/cputune'],
  [
    'a vcpu in two cells',
    { general: "<vcpu>2</vcpu><cpu><numa><cell cpus='0-1' memory='1'/><cell cpus='1' memory='1'/></numa></cpu>" },
    67,
    '/domain/cpu/numa',
  ],
  ['a cell that is skipped', { general: "<cpu><numa><cell id='1' cpus='0' memory='1'/></numa></cpu>" }, 27, '/domain/cpu/numa'],
  ['a unit that is none', { general: "<memtune><hard_limit unit='x'>1</hard_limit></memtune>" }, 8, '/domain/memtune/hard_limit/@unit'],
  ['a feature of another architecture', { general: "<features><htm state='on'/></features>" }, 67, '/domain/features/htm'],
  ['TSEG on i440fx', { general: "<features><smm state='on'><tseg>8</tseg></smm></features>" }, 67, '/domain/features/smm/tseg'],
  ['a restart under a new name', { general: '<on_reboot>rename-restart</on_reboot>' }, 67, '/domain'],
  [
    'an environment that the shell would not take',
    { general: "<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:env name='a b'/></qemu:commandline>" },
    1,
    '/domain/qemu:commandline/qemu:env',
  ],
  [
    'keys without Secure Boot',
    { os: "<firmware><feature enabled='yes' name='enrolled-keys'/><feature enabled='no' name='secure-boot'/></firmware>" },
    35,
    '/domain/os/firmware',
  ],
  ['variables without firmware', { os: '<nvram>/a</nvram>' }, 35, '/domain/os/nvram'],
])('%s is refused', (_, parts, code, path) => expect(refusalOf(() => defineDomain(domainOf(parts)))).toEqual({ code, path }));

test.each<[string, string, number, string]>([
  ['no name', "<domain type='qemu'><os><type>hvm</type></os></domain>", 21, '/domain'],
  ['no system', "<domain type='qemu'><name>a</name></domain>", 27, '/domain'],
  ['no type', '<domain><name>a</name></domain>', 27, '/domain'],
  ['a slash in the name', "<domain type='qemu'><name>a/b</name><os><type>hvm</type></os></domain>", 27, '/domain'],
  ['no memory', "<domain type='qemu'><name>a</name><os><type>hvm</type></os></domain>", 27, '/domain/memory'],
  [
    'another hypervisor',
    "<domain type='xen'><name>a</name><memory>1</memory><os><type machine='pc'>hvm</type></os></domain>",
    67,
    '/domain',
  ],
  ['another root', '<network/>', 27, '/network'],
])('a domain with %s is refused', (_, xml, code, path) => expect(refusalOf(() => defineDomain(xml))).toEqual({ code, path }));

const networkOf = (body: string): string => `<network><name>n</name>${body}</network>`;
const address = "<ip address='10.9.8.1' prefix='24'/>";

test.each<[string, string, number, string]>([
  ['no name', '<network/>', 21, '/network'],
  ['a forward mode that is none', networkOf("<forward mode='x'/>"), 67, '/network/forward/@mode'],
  ['forwarding without an address', networkOf('<forward/>'), 27, '/network'],
  ['NAT settings of a routed network', networkOf(`<forward mode='route'><nat/></forward>${address}`), 27, '/network/forward'],
  ['a bridge of a pool', networkOf("<forward mode='vepa' dev='e'/><bridge name='b'/>"), 27, '/network'],
  ['an MTU of a foreign bridge', networkOf("<forward mode='bridge'/><bridge name='b'/><mtu size='1500'/>"), 27, '/network'],
  ['an address of a foreign bridge', networkOf(`<forward mode='bridge'/><bridge name='b'/>${address}`), 67, '/network/ip'],
  ['a MAC table manager that is none', networkOf("<bridge macTableManager='default'/>"), 27, '/network/bridge/@macTableManager'],
  [
    'a range outside its subnet',
    networkOf("<ip address='10.9.8.1' prefix='24'><dhcp><range start='10.9.8.2' end='10.9.9.2'/></dhcp></ip>"),
    1,
    '/network/ip',
  ],
  [
    'a lease of a minute',
    networkOf("<ip address='10.9.8.1' prefix='24'><dhcp><range start='10.9.8.2' end='10.9.8.9'><lease expiry='1'/></range></dhcp></ip>"),
    67,
    '/network/ip/dhcp/range/lease',
  ],
  [
    'DHCP on two addresses',
    networkOf(
      "<ip address='10.9.8.1' prefix='24'><dhcp><range start='10.9.8.2' end='10.9.8.3'/></dhcp></ip><ip address='10.9.7.1' prefix='24'><dhcp><range start='10.9.7.2' end='10.9.7.3'/></dhcp></ip>",
    ),
    67,
    '/network/ip',
  ],
  ['an IPv6 address that does not say so', networkOf("<ip address='2001:db8::1'/>"), 67, '/network/ip'],
  ['a gateway that cannot be reached', networkOf(`${address}<route address='1.0.0.0' prefix='8' gateway='1.2.3.4'/>`), 67, '/network'],
  ['a route to a host', networkOf(`${address}<route address='1.0.0.1' prefix='8' gateway='10.9.8.2'/>`), 27, '/network/route'],
  ['a text record with a blank in its name', networkOf("<dns><txt name='a b' value='c'/></dns>"), 35, '/network/dns/txt'],
  ['records of a name service that is off', networkOf("<dns enable='no'><txt name='a' value='b'/></dns>"), 27, '/network/dns'],
  ['VLANs where there are none', networkOf("<vlan><tag id='1'/></vlan>"), 67, '/network/vlan'],
  ['two port groups of one name', networkOf("<portgroup name='a'/><portgroup name='a'/>"), 67, '/network/portgroup'],
  [
    'a floor in a port group',
    networkOf("<portgroup name='a'><bandwidth><inbound average='1' floor='1'/></bandwidth></portgroup>"),
    67,
    '/network/portgroup/bandwidth',
  ],
  [
    'a VLAN tag at a port group of NAT',
    networkOf(`<forward/>${address}<portgroup name='a'><vlan><tag id='1'/></vlan></portgroup>`),
    67,
    '/network/portgroup/vlan',
  ],
  ['two physical functions', networkOf("<forward mode='passthrough'><pf dev='e0'/><pf dev='e1'/></forward>"), 27, '/network/forward'],
  [
    'bandwidth at a port group of macvtaps',
    networkOf(
      "<forward mode='private'><interface dev='e'/></forward><portgroup name='a'><bandwidth><inbound average='1'/></bandwidth></portgroup>",
    ),
    67,
    '/network/portgroup/bandwidth',
  ],
])('a network with %s is refused', (_, xml, code, path) => expect(refusalOf(() => defineNetwork(xml))).toEqual({ code, path }));

const portOf = (plug: string): string =>
  `<networkport><uuid>5d744f21-ba4a-4d6e-bdb2-30a35ff3207d</uuid><owner><name>d</name><uuid>d54df46f-1ab5-4a22-8618-4560ef5fac2c</uuid></owner><mac address='52:54:00:7b:35:93'/>${plug}</networkport>`;

test.each<[string, string, number, string]>([
  ['no owner', '<networkport><uuid>5d744f21-ba4a-4d6e-bdb2-30a35ff3207d</uuid></networkport>', 1, '/networkport'],
  ['a plug that is none', portOf("<plug type='x'/>"), 27, '/networkport/plug/@type'],
  ['a bridge plug without a bridge', portOf("<plug type='bridge'/>"), 27, '/networkport/plug'],
  ['a direct plug without a device', portOf("<plug type='direct'/>"), 27, '/networkport/plug'],
  ['a host device without an address', portOf("<plug type='hostdev-pci'/>"), 27, '/networkport/plug'],
])('a network port with %s is refused', (_, xml, code, path) => expect(refusalOf(() => parseNetworkPort(xml))).toEqual({ code, path }));

test('words of a network that say nothing are not kept', () => {
  const given = `<forward mode='hostdev' managed='perhaps'><pf dev='e'/></forward><domain localOnly='yes'/>`;
  const network = parseNetwork(networkOf(given));
  expect(network.forward?.managed).toBe(false);
  expect(network.domain).toBeUndefined();
});

test('an interface by itself names its own path', () =>
  expect(refusalOf(() => parseInterface("<interface type='direct'><source dev='e' mode='x'/></interface>"))).toEqual({
    code: 27,
    path: '/interface/source/@mode',
  }));
