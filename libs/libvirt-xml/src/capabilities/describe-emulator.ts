import { deviceTest, type EmulatorCapabilities } from '../assign/capabilities.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import type { DomainCapabilities, Enumeration } from './domain-capabilities.js';
import { processorModes, type ProcessorFacts } from './processor-modes.js';

/** What is known of an emulator beyond what definitions are filled in by; what is not known is not offered. */
export interface EmulatorDescription extends EmulatorCapabilities, ProcessorFacts {
  readonly machines: readonly (EmulatorCapabilities['machines'][number] & { readonly cpuMax?: number })[];
  /** Types that `-object` takes. */
  readonly objects?: readonly string[];
  /** QMP commands. */
  readonly commands?: readonly string[];
}

export interface GuestQuestion {
  /** A machine's name or its alias; `pc` unless given. */
  readonly machine?: string;
  readonly virtType?: 'qemu' | 'kvm';
}

/** What the emulator's host has. */
export interface GuestHost {
  readonly kvm: boolean;
  /** Firmware files for UEFI that suit the machine, those for secure boot told apart. */
  readonly firmware: readonly { readonly path: string; readonly secure: boolean }[];
  /** Whether PCI devices can be given to guests through VFIO. */
  readonly vfio: boolean;
}

/**
 * What guests of a machine can have.
 * @throws LibvirtError INVALID_ARG for a machine or a type of domain that the emulator has not.
 */
export function describeEmulator(emulator: EmulatorDescription, host: GuestHost, question: GuestQuestion = {}): DomainCapabilities {
  const { virtType = host.kvm ? 'kvm' : 'qemu' } = question;
  const machine = machineAsked(emulator, question);
  if (virtType === 'kvm' && !host.kvm) throw new LibvirtError('INVALID_ARG', `KVM is not supported by '${emulator.binary}' on this host`);
  return {
    path: emulator.binary,
    domain: virtType,
    machine: machine.name,
    arch: emulator.target,
    ...(machine.cpuMax !== undefined && { vcpu: { max: machine.cpuMax } }),
    iothreads: { supported: hasObject(emulator, 'iothread') },
    os: operatingSystem(host, machine.name),
    cpu: { mode: processorModes(emulator, virtType === 'kvm') },
    memoryBacking: offers({ sourceType: ['file', 'anonymous', ...when(hasObject(emulator, 'memory-backend-memfd'), 'memfd')] }),
    devices: devicesOf(emulator, host, machine.name),
    features: featuresOf(emulator, virtType === 'kvm'),
  };
}

function machineAsked(
  { machines, binary }: EmulatorDescription,
  { machine = 'pc' }: GuestQuestion,
): EmulatorDescription['machines'][number] {
  const found = machines.find(({ name, alias }) => name === machine || alias === machine);
  if (!found) throw new LibvirtError('INVALID_ARG', `the machine '${machine}' is not supported by emulator '${binary}'`);
  return found;
}

const when = (given: boolean | undefined, ...words: readonly string[]): readonly string[] => (given ? words : []);

const hasObject = ({ objects }: EmulatorDescription, type: string): boolean => objects?.includes(type) ?? false;

/** A kind of device, supported, with what each of its words can be. */
const offers = (words: Readonly<Record<string, readonly string[]>>): { supported: boolean; enumerations: readonly Enumeration[] } => ({
  supported: true,
  enumerations: Object.entries(words).map(([name, value]) => ({ name, value })),
});

/** A kind of device that only some emulators have. */
const offersIf = (given: boolean, words: Readonly<Record<string, readonly string[]>>) =>
  given ? offers(words) : { supported: false, enumerations: [] };

const isQ35 = (machine: string): boolean => machine.includes('q35');

function operatingSystem({ firmware }: GuestHost, machine: string): NonNullable<DomainCapabilities['os']> {
  const fitting = firmware.filter(({ secure }) => !secure || isQ35(machine));
  const secure = when(
    fitting.some((one) => one.secure),
    'yes',
  );
  return {
    supported: true,
    enumerations: [{ name: 'firmware', value: when(fitting.length > 0, 'efi') }],
    loader: {
      ...offers({ type: ['rom', 'pflash'], readonly: ['yes', 'no'], secure: [...secure, 'no'] }),
      value: fitting.map(({ path }) => path),
    },
  };
}

/** What stands for a device, if the emulator has it. */
type Candidates = readonly (readonly [word: string, device: string])[];

const videos: Candidates = [
  ['vga', 'VGA'],
  ['cirrus', 'cirrus-vga'],
  ['vmvga', 'vmware-svga'],
  ['qxl', 'qxl'],
  ['virtio', 'virtio-gpu-pci'],
  ['none', ''],
  ['bochs', 'bochs-display'],
  ['ramfb', 'ramfb'],
];
const buses: Candidates = [
  ['scsi', 'virtio-scsi-pci'],
  ['virtio', 'virtio-blk-pci'],
  ['usb', 'usb-storage'],
  ['sata', 'ich9-ahci'],
];
const tpms: Candidates = [
  ['tpm-tis', 'tpm-tis'],
  ['tpm-crb', 'tpm-crb'],
];
const filesystems: Candidates = [
  ['path', 'virtio-9p-pci'],
  ['handle', 'virtio-9p-pci'],
  ['virtiofs', 'vhost-user-fs-device'],
];

const virtioModels = (device: string): Candidates => [
  ['virtio', `${device}-pci`],
  ['virtio-transitional', `${device}-pci-transitional`],
  ['virtio-non-transitional', `${device}-pci-non-transitional`],
];

const rngBackends = { 'rng-random': 'random', 'rng-egd': 'egd', 'rng-builtin': 'builtin' } as const;

function devicesOf(emulator: EmulatorDescription, host: GuestHost, machine: string): NonNullable<DomainCapabilities['devices']> {
  const has = deviceTest(emulator);
  const present = (list: Candidates): readonly string[] => list.flatMap(([word, device]) => when(device === '' || has(device), word));
  const spice = emulator.commands?.includes('query-spice') ?? false;
  const backends = Object.entries(rngBackends).flatMap(([object, word]) => when(hasObject(emulator, object), word));
  return {
    disk: offers({
      diskDevice: ['disk', 'cdrom', 'floppy', 'lun'],
      bus: [...when(!isQ35(machine), 'ide'), 'fdc', ...present(buses)],
      model: present(virtioModels('virtio-blk')),
    }),
    graphics: offers({
      type: [...when(emulator.commands?.includes('query-vnc') ?? true, 'vnc'), ...when(spice, 'spice'), 'egl-headless', 'dbus'],
    }),
    video: offers({ modelType: present(videos) }),
    hostdev: offers({
      mode: ['subsystem'],
      startupPolicy: ['default', 'mandatory', 'requisite', 'optional'],
      subsysType: ['usb', ...when(host.vfio && has('vfio-pci'), 'pci'), 'scsi'],
      capsType: [],
      pciBackend: when(host.vfio && has('vfio-pci'), 'vfio'),
    }),
    rng: offersIf(has('virtio-rng-pci'), { model: present(virtioModels('virtio-rng')), backendModel: backends }),
    filesystem: offersIf(present(filesystems).length > 0, { driverType: present(filesystems) }),
    tpm: offersIf(present(tpms).length > 0, {
      model: present(tpms),
      backendModel: ['passthrough', 'emulator', 'external'],
      backendVersion: ['1.2', '2.0'],
    }),
    redirdev: offersIf(has('usb-redir'), { bus: ['usb'] }),
    channel: offers({ type: ['pty', 'unix', ...when(spice, 'spicevmc')] }),
  };
}

const enlightenments = [
  'relaxed',
  'vapic',
  'spinlocks',
  'vpindex',
  'runtime',
  'synic',
  'stimer',
  'reset',
  'vendor_id',
  'frequencies',
  'reenlightenment',
  'tlbflush',
  'ipi',
];

function featuresOf(emulator: EmulatorDescription, kvm: boolean): NonNullable<DomainCapabilities['features']> {
  const has = deviceTest(emulator);
  return {
    gic: { supported: false, enumerations: [] },
    vmcoreinfo: { supported: has('vmcoreinfo') },
    genid: { supported: has('vmgenid') },
    backingStoreInput: { supported: true },
    backup: { supported: true },
    sev: { supported: false },
    sgx: { supported: false },
    // Only these two are known to QEMU without KVM's help.
    hyperv: offers({ features: kvm ? enlightenments : ['spinlocks', 'vendor_id'] }),
  };
}
