import type { EmulatorFacts, HostFacts } from '@virtbus/contracts';
import { parseDomainCapabilities, parseHostCapabilities } from '@virtbus/libvirt-xml';
import { expect, test } from 'vitest';
import { uuidOfName } from './named-uuid.js';
import { capabilitiesXml, domainCapabilitiesXml, type GuestAsked } from './capabilities.js';
import { cpuMap } from './core/cpu-map.js';

const host = (hostId: string, more: Partial<HostFacts> = {}): HostFacts => ({
  ...{ hostId, hostname: hostId, arch: 'x86_64', cpus: 2, memoryMiB: 1000, kvm: false },
  ...{ emulator: '/usr/bin/qemu-system-x86_64', qemuVersion: '7.2.22', beat: 1, startedAt: '' },
  ...more,
});
const emulator = (hostId: string, patch: number, machines: readonly string[]): EmulatorFacts => ({
  ...{ hostId, binary: '/usr/bin/qemu-system-x86_64', target: 'x86_64', version: [7, 2, patch], devices: ['virtio-blk-pci'] },
  machines: machines.map((name) => ({ name, ...(name === 'pc-i440fx-7.2' ? { alias: 'pc' } : {}) })),
});

const fleet = {
  hosts: [host('a'), host('b', { cpus: 3 })],
  emulators: [emulator('a', 22, ['pc-i440fx-7.2', 'only-here']), emulator('b', 9, ['pc-i440fx-7.2', 'pc-q35-7.2'])],
};
const uuid = uuidOfName('gate.example');
const nothing: GuestAsked = { emulatorbin: undefined, arch: undefined, machine: undefined, virttype: undefined };

test('a fleet is one host of one cell, with the guests that every host can have', () => {
  const { host: one, guest } = parseHostCapabilities(capabilitiesXml(fleet, uuid));
  const [cell, ...others] = one.topology?.cells?.cell ?? [];
  expect([one.uuid, cell?.memory, cell?.cpus?.cpu.length, others]).toEqual([uuid, 2_048_000, 5, []]);
  expect(guest.map(({ arch }) => [arch.name, arch.machine.map(({ value }) => value)])).toEqual([['x86_64', ['pc-i440fx-7.2', 'pc']]]);
});

test('a fleet without hosts has no guests', () =>
  expect(parseHostCapabilities(capabilitiesXml({ hosts: [], emulators: [] }, uuid)).guest).toEqual([]));

test('what guests can have is what every host’s emulator has', () => {
  const { machine, domain, arch } = parseDomainCapabilities(domainCapabilitiesXml(fleet, nothing));
  expect([machine, domain, arch]).toEqual(['pc-i440fx-7.2', 'qemu', 'x86_64']);
});

test('of a fleet of unlike hosts, guests can have what all of them have', () => {
  const of = (hostId: string, more: Partial<EmulatorFacts>): EmulatorFacts => ({ ...emulator(hostId, 22, []), ...more });
  const emulators = [
    of('a', {
      machines: [{ name: 'pc-i440fx-7.2', alias: 'pc', cpuMax: 255 }],
      devices: ['qxl', 'tpm-tis', 'virtio-blk-pci'],
      objects: ['iothread', 'memory-backend-memfd'],
      commands: ['query-spice', 'query-vnc'],
      cpus: [
        { name: 'EPYC', runnable: true },
        { name: 'Haswell', runnable: true },
        { name: 'Denverton', runnable: true },
      ],
    }),
    of('b', {
      machines: [{ name: 'pc-i440fx-7.2', alias: 'pc', cpuMax: 128 }],
      devices: ['tpm-tis', 'virtio-blk-pci', 'usb-storage'],
      objects: ['iothread'],
      commands: ['query-vnc'],
      cpus: [
        { name: 'EPYC', runnable: false },
        { name: 'Haswell', runnable: true, deprecated: true },
      ],
    }),
  ];
  const told = parseDomainCapabilities(domainCapabilitiesXml({ ...fleet, emulators }, nothing));
  const words = (
    kind: { readonly enumerations: readonly { readonly name: string; readonly value: readonly string[] }[] } | undefined,
    name: string,
  ) => kind?.enumerations.find((one) => one.name === name)?.value;
  expect([told.vcpu?.max, told.iothreads?.supported]).toEqual([128, true]);
  expect(words(told.memoryBacking, 'sourceType')).toEqual(['file', 'anonymous']);
  expect(words(told.devices?.graphics, 'type')).toEqual(['vnc', 'egl-headless', 'dbus']);
  expect(words(told.devices?.video, 'modelType')).toEqual(['none']);
  expect(words(told.devices?.tpm, 'model')).toEqual(['tpm-tis']);
  expect(words(told.devices?.disk, 'bus')).toEqual(['ide', 'fdc', 'virtio']);
  const custom = told.cpu?.mode.find(({ name }) => name === 'custom');
  expect(custom && 'models' in custom && custom.models.map(({ value, usable, deprecated }) => [value, usable, deprecated])).toEqual([
    ['EPYC', 'no', undefined],
    ['Haswell', 'yes', true],
  ]);
});

test('what a host-agent does not say is not offered', () => {
  const emulators = [{ ...emulator('a', 22, ['pc-i440fx-7.2']), objects: ['iothread'] }, emulator('b', 22, ['pc-i440fx-7.2'])];
  const told = parseDomainCapabilities(domainCapabilitiesXml({ ...fleet, emulators }, nothing));
  expect([told.iothreads?.supported, told.vcpu]).toEqual([false, undefined]);
});

test.each([
  [{ arch: 'frob' }, 'invalid argument: unknown architecture: frob'],
  [{ arch: 'aarch64' }, "unsupported configuration: unable to find any emulator to serve 'aarch64' architecture"],
  [{ machine: 'only-here' }, "invalid argument: the machine 'only-here' is not supported by emulator '/usr/bin/qemu-system-x86_64'"],
  [{ virttype: 'frob' }, 'invalid argument: unknown virttype: frob'],
  [{ virttype: 'kvm' }, "invalid argument: the accel 'kvm' is not supported by '/usr/bin/qemu-system-x86_64' on this host"],
  [{ emulatorbin: '/nope' }, "invalid argument: no host offers the emulator '/nope'; '/usr/bin/qemu-system-x86_64' serves 'x86_64'"],
])('%j is refused', (asked, message) => expect(() => domainCapabilitiesXml(fleet, { ...nothing, ...asked })).toThrow(message));

test('a name always has the same UUID, and no other name has it', () => {
  expect(uuidOfName('gate.example')).toBe(uuid);
  expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(uuidOfName('other.example')).not.toBe(uuid);
});

test('processors are bits, and those beyond the map are left out', () => expect([...cpuMap([0, 9, 17], 2)]).toEqual([1, 2]));
