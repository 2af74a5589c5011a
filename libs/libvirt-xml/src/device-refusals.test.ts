/** More of what is refused: settings of devices and of the machine that libvirt knows, and values that it does not. The numbers are its own. */
import { expect, test } from 'vitest';
import { assignDefaults } from './assign/assign-defaults.js';
import { recordedHosts } from './corpus/profiles.js';
import { parseDomain } from './documents.js';
import { LibvirtError } from './errors/libvirt-error.js';
import { validateDomain } from './validate/validate-domain.js';

interface Parts {
  readonly devices?: string;
  readonly general?: string;
  readonly os?: string;
  readonly machine?: string;
}

function refusalOf({ devices = '', general = '', os = '', machine = 'pc' }: Parts): string {
  const xml = `<domain type='qemu'><name>a</name><memory>1048576</memory>${general}<os><type arch='x86_64' machine='${machine}'>hvm</type>${os}</os><devices>${devices}</devices></domain>`;
  try {
    const given = parseDomain(xml);
    const capabilities = recordedHosts['recent QEMU']!(given);
    validateDomain(assignDefaults(given, capabilities), capabilities);
  } catch (error) {
    if (error instanceof LibvirtError) return `${error.code} ${error.path}`;
    throw error;
  }
  return 'accepted';
}

const disk = (attributes: string, inside: string): string => `<disk ${attributes}>${inside}</disk>`;
const sda = "<target dev='sda' bus='scsi'/>";
const block = "<source dev='/dev/sdb'/>";
const shared = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>";
const place = (target: number): string => `<address type='drive' controller='0' bus='0' target='${target}' unit='0'/>`;

test.each<[string, Parts, string]>([
  [
    'a cache of metadata that a raw image has not',
    {
      devices: disk(
        "type='file'",
        "<driver name='qemu' type='raw'><metadata_cache><max_size unit='KiB'>2048</max_size></metadata_cache></driver><source file='/a'/><target dev='vda'/>",
      ),
    },
    '67 /domain/devices/disk[1]/driver/metadata_cache',
  ],
  [
    'a LUN as an image',
    { devices: disk("type='block' device='lun'", `<driver name='qemu' type='qcow2'/>${block}${sda}`) },
    '67 /domain/devices/disk[1]/driver',
  ],
  ['unfiltered commands', { devices: disk("type='block' device='lun' sgio='unfiltered'", `${block}${sda}`) }, '67 /domain/devices/disk[1]'],
  [
    'limits of a disk that another process serves',
    {
      general: shared,
      devices: disk(
        "type='vhostuser'",
        "<driver name='qemu' type='raw'/><source type='unix' path='/s'/><target dev='vda'/><iotune><total_bytes_sec>1</total_bytes_sec></iotune>",
      ),
    },
    '67 /domain/devices/disk[1]/iotune',
  ],
  [
    'a target that the LSI controller has not',
    { devices: `<controller type='scsi' index='0' model='lsilogic'/>${disk("type='block'", `${block}${sda}${place(1)}`)}` },
    '67 /domain/devices/disk[1]/address',
  ],
  [
    'a protocol that is none',
    { devices: disk("type='network'", "<source protocol='x' name='a'><host name='h'/></source><target dev='vda'/>") },
    '27 /domain/devices/disk/source/@protocol',
  ],
  ['a model of SATA controller', { devices: "<controller type='sata' model='x'/>" }, '67 /domain/devices/controller/@model'],
  [
    'USB, and no USB',
    { devices: "<controller type='usb' index='0' model='none'/><controller type='usb' index='1' model='ehci'/>" },
    '35 /domain/devices/controller[2]',
  ],
  [
    'a chassis 0',
    { devices: "<controller type='pci' index='1' model='pci-bridge'><target chassisNr='0'/></controller>" },
    '67 /domain/devices/controller[1]/target',
  ],
  [
    'a NUMA node that there is not',
    { devices: "<controller type='pci' index='1' model='pci-expander-bus'><target busNr='50'><node>0</node></target></controller>" },
    '27 /domain/devices/controller[1]/target/node',
  ],
  [
    'hotplug of a bus that has no choice',
    { machine: 'q35', devices: "<controller type='pci' index='0' model='pcie-root'><target hotplug='off'/></controller>" },
    '67 /domain/devices/controller[1]/target',
  ],
  ['an input that is none', { devices: "<input type='x'/>" }, '67 /domain/devices/input/@type'],
  ['an input bus that is none', { devices: "<input type='mouse' bus='x'/>" }, '67 /domain/devices/input/@bus'],
  ['a hub that is none', { devices: "<hub type='x'/>" }, '67 /domain/devices/hub/@type'],
  ['a VNC port that is none', { devices: "<graphics type='vnc' port='x'/>" }, '1 /domain/devices/graphics/@port'],
  ['a screen that is none', { devices: "<graphics type='x'/>" }, '27 /domain/devices/graphics/@type'],
  ['a date that is none', { devices: "<graphics type='vnc' passwd='a' passwdValidTo='x'/>" }, '1 /domain/devices/graphics/@passwdValidTo'],
  ['VNC that disconnects', { devices: "<graphics type='vnc' connected='disconnect'/>" }, '67 /domain/devices/graphics[1]'],
  [
    'two addresses for one',
    { devices: "<graphics type='vnc' listen='1.2.3.4'><listen type='address' address='5.6.7.8'/></graphics>" },
    '67 /domain/devices/graphics',
  ],
  [
    'a resolution that Cirrus has not',
    { devices: "<video><model type='cirrus'><resolution x='800' y='600'/></model></video>" },
    '27 /domain/devices/video[1]/model/resolution',
  ],
  ["SPICE's sound without SPICE", { devices: "<audio id='1' type='spice'/>" }, '67 /domain/devices/audio'],
  ['a second watchdog', { devices: "<watchdog model='i6300esb'/><watchdog model='ib700'/>" }, '1 /domain/devices/watchdog[2]'],
  ['a watchdog without a model', { devices: '<watchdog/>' }, '1 /domain/devices/watchdog'],
  ['a second balloon', { devices: "<memballoon model='virtio'/><memballoon model='none'/>" }, '1 /domain/devices/memballoon[2]'],
  ['a second vsock', { devices: '<vsock/><vsock/>' }, '27 /domain/devices/vsock[2]'],
  ["the host's address for a guest", { devices: "<vsock><cid address='2'/></vsock>" }, '67 /domain/devices/vsock/cid'],
  [
    'a source of randomness without its type',
    { devices: "<rng model='virtio'><backend model='egd'/></rng>" },
    '27 /domain/devices/rng/backend',
  ],
  [
    'banks of an old TPM',
    { devices: "<tpm><backend type='emulator' version='1.2'><active_pcr_banks><sha256/></active_pcr_banks></backend></tpm>" },
    '27 /domain/devices/tpm/backend',
  ],
  [
    'a version of TPM that is none',
    { devices: "<tpm><backend type='emulator' version='3.0'/></tpm>" },
    '27 /domain/devices/tpm/backend/@version',
  ],
  ['a feature that is none', { general: '<features><x/></features>' }, '67 /domain/features/x'],
  ['a feature of KVM that is none', { general: "<features><kvm><x state='on'/></kvm></features>" }, '67 /domain/features/kvm/x'],
  ['a vendor that is too short', { general: "<cpu><model vendor_id='short'>qemu64</model></cpu>" }, '27 /domain/cpu/model/@vendor_id'],
  ['a mode of processor that is none', { general: "<cpu mode='x'/>" }, '67 /domain/cpu/@mode'],
  ['a clock that is none', { general: "<clock offset='x'/>" }, '67 /domain/clock/@offset'],
  [
    'a tick that the PIT has not',
    { general: "<clock offset='utc'><timer name='pit' tickpolicy='merge'/></clock>" },
    '67 /domain/clock/timer',
  ],
  ['UEFI without ACPI', { os: "<loader readonly='yes' type='pflash'>/c</loader>" }, '67 /domain/features/acpi'],
  [
    'a source of memory that is none',
    { general: "<memoryBacking><source type='x'/></memoryBacking>" },
    '67 /domain/memoryBacking/source/@type',
  ],
  [
    'a port that a USB hub has not',
    { devices: "<input type='mouse' bus='usb'><address type='usb' bus='0' port='9'/></input>" },
    '27 /domain/devices/input[1]/address',
  ],
  [
    'a USB port twice',
    {
      devices:
        "<input type='mouse' bus='usb'><address type='usb' bus='0' port='1'/></input><input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>",
    },
    '27 /domain/devices/input[2]/address',
  ],
  [
    "SPICE's channel without SPICE",
    { devices: "<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>" },
    '67 /domain/devices/channel[1]',
  ],
  ['more controllers than there are buses', { devices: "<controller type='usb' model='ehci'/>".repeat(513) }, '35 /domain/devices'],
])('%s is refused', (_, parts, expected) => expect(refusalOf(parts)).toBe(expected));
