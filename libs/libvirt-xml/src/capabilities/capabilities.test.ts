/** What an emulator and a host offer; the documents of libvirt 9.0 about the same QEMU have the same words in the same places. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatDomainCapabilities, formatHostCapabilities, parseDomainCapabilities, parseHostCapabilities } from '../documents.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import { describeEmulator, type EmulatorDescription, type GuestHost } from './describe-emulator.js';
import { describeHost, type HostDescription } from './describe-host.js';

const recorded = (name: string): string => readFileSync(new URL(`../../fixtures/capabilities/${name}.xml`, import.meta.url), 'utf8');

const emulator: EmulatorDescription = {
  binary: '/usr/bin/qemu-system-x86_64',
  target: 'x86_64',
  machines: [
    { name: 'pc-i440fx-7.2', alias: 'pc', cpuMax: 255 },
    { name: 'pc-q35-7.2', alias: 'q35', cpuMax: 288 },
  ],
  devices: [
    'VGA',
    'ich9-ahci',
    'qxl',
    'tpm-tis',
    'usb-redir',
    'usb-storage',
    'vfio-pci',
    'virtio-9p-pci',
    'virtio-blk-pci',
    'virtio-blk-pci-transitional',
    'virtio-rng-pci',
    'virtio-scsi-pci',
    'vmgenid',
  ],
  objects: ['iothread', 'memory-backend-memfd', 'rng-builtin', 'rng-random'],
  commands: ['query-spice', 'query-vnc'],
  cpus: [
    { name: 'EPYC', runnable: false },
    { name: 'EPYC-v1', runnable: false },
    { name: 'Haswell', runnable: true, deprecated: true },
    { name: 'max', runnable: true },
    { name: 'qemu64', runnable: true },
  ],
  hostModel: {
    model: 'EPYC',
    vendor: 'AMD',
    features: [
      { name: 'acpi', policy: 'require' },
      { name: 'vme', policy: 'disable' },
    ],
  },
};

const guestHost: GuestHost = {
  kvm: true,
  vfio: true,
  firmware: [
    { path: '/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', secure: true },
    { path: '/usr/share/OVMF/OVMF_CODE_4M.fd', secure: false },
  ],
};

const host: HostDescription = {
  uuid: 'c1ff8c25-3edd-45aa-ae62-26e48734fb92',
  arch: 'x86_64',
  kvm: true,
  cpu: { model: 'EPYC', vendor: 'AMD', features: ['ht', 'monitor'] },
  topology: { sockets: 1, dies: 1, cores: 2, threads: 1 },
  pageSizesKiB: [4, 2048],
  cells: [
    {
      id: 0,
      memoryKiB: 14117076,
      cpus: [
        { id: 0, socket: 0, core: 0, siblings: '0' },
        { id: 1, socket: 0, core: 1, siblings: '1' },
      ],
    },
  ],
  transports: ['tcp'],
  iommu: false,
};

test('what guests of an i440fx machine can have', () =>
  expect(formatDomainCapabilities(describeEmulator(emulator, { ...guestHost, kvm: false, vfio: false }))).toBe(recorded('domain-i440fx')));

test('what guests of a q35 machine under KVM can have', () =>
  expect(formatDomainCapabilities(describeEmulator(emulator, guestHost, { machine: 'q35' }))).toBe(recorded('domain-q35-kvm')));

test('what a host is and which guests it can have', () =>
  expect(formatHostCapabilities(describeHost(host, [emulator]))).toBe(recorded('host')));

test.each(['domain-i440fx', 'domain-q35-kvm'])('%s is written the same a second time', (name) =>
  expect(formatDomainCapabilities(parseDomainCapabilities(recorded(name)))).toBe(recorded(name)),
);

test('a host is written the same a second time', () =>
  expect(formatHostCapabilities(parseHostCapabilities(recorded('host')))).toBe(recorded('host')));

test('nothing is offered that is not known of the emulator', () => {
  const bare = { binary: '/q', target: 'x86_64', machines: [{ name: 'pc' }], devices: [] };
  const { devices, cpu, vcpu } = describeEmulator(bare, { kvm: false, vfio: false, firmware: [] });
  expect(vcpu).toBeUndefined();
  expect(cpu?.mode.map(({ name, supported }) => [name, supported])).toEqual([
    ['host-passthrough', false],
    ['maximum', true],
    ['host-model', false],
    ['custom', false],
  ]);
  expect(devices?.rng).toEqual({ supported: false, enumerations: [] });
  expect(devices?.video?.enumerations[0]?.value).toEqual(['none']);
});

test.each<[string, Parameters<typeof describeEmulator>[2], GuestHost]>([
  ['a machine that there is not', { machine: 'isapc' }, guestHost],
  ['KVM where there is none', { virtType: 'kvm' }, { ...guestHost, kvm: false }],
])('%s is refused', (_, question, of) => {
  const ask = () => describeEmulator(emulator, of, question);
  expect(ask).toThrow(LibvirtError);
  expect(ask).toThrow(/^invalid argument: /);
});
