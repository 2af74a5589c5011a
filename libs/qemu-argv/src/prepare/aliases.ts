/**
 * Names of devices, as libvirt gives them at start. A device that has a name keeps it. Most kinds are named by their place in the list;
 * those that can be plugged in later take one more than the highest number in use.
 */
import type { DomainDef } from '@virtbus/libvirt-xml';
import type { Controller, Devices, Memory } from '../domain-parts.js';
import { isPcExpress } from '../machine/machine-kind.js';
import { diskAlias } from './disk-alias.js';

interface Named {
  readonly alias?: { readonly name: string };
}

/** @param isHostdev whether an interface turns out to be an assigned device; those of type `hostdev` always are. */
export function withAliases(domain: DomainDef, isHostdev: (net: Devices['interface'][number]) => boolean): DomainDef {
  const { devices } = domain;
  const hostdev = withNext(devices.hostdev, 'hostdev', hostdevNumbers(devices, isHostdev));
  return { ...domain, devices: { ...devices, ...listed(devices), ...singles(devices), ...plugged(domain, isHostdev), hostdev } };
}

/** Kinds whose number is the place in the list. */
const listed = (devices: Devices) => ({
  sound: byPlace(devices.sound, 'sound'),
  video: byPlace(devices.video, 'video'),
  input: byPlace(devices.input, 'input'),
  serial: byPlace(devices.serial, 'serial'),
  parallel: byPlace(devices.parallel, 'parallel'),
  channel: byPlace(devices.channel, 'channel'),
  console: consoles(devices),
  hub: byPlace(devices.hub, 'hub'),
  redirdev: byPlace(devices.redirdev, 'redir'),
  smartcard: byPlace(devices.smartcard, 'smartcard'),
  shmem: byPlace(devices.shmem, 'shmem'),
  tpm: byPlace(devices.tpm, 'tpm'),
  panic: byPlace(devices.panic, 'panic'),
});

/** Kinds of which there is one at most. */
const singles = (devices: Devices) => ({
  ...(devices.memballoon && { memballoon: named(devices.memballoon, 'balloon0') }),
  ...(devices.watchdog && { watchdog: named(devices.watchdog, 'watchdog0') }),
  ...(devices.vsock && { vsock: named(devices.vsock, 'vsock0') }),
  ...(devices.iommu && { iommu: named(devices.iommu, 'iommu0') }),
  ...(devices.nvram && { nvram: named(devices.nvram, 'nvram') }),
});

function plugged(domain: DomainDef, isHostdev: (net: Devices['interface'][number]) => boolean) {
  const { devices } = domain;
  return {
    disk: devices.disk.map((disk) => named(disk, diskAlias(disk, devices.controller))),
    controller: devices.controller.map((controller) => named(controller, controllerAlias(controller, domain))),
    interface: interfaces(devices, isHostdev),
    filesystem: withNext(devices.filesystem, 'fs'),
    rng: withNext(devices.rng, 'rng'),
    memory: memories(devices.memory),
  };
}

const named = <D extends Named>(device: D, name: string): D => (device.alias ? device : { ...device, alias: { name } });

const byPlace = <D extends Named>(devices: readonly D[], prefix: string): readonly D[] =>
  devices.map((device, index) => named(device, `${prefix}${index}`));

/** The number of `prefixN`; -1 for every other name. */
function numberOf(name: string | undefined, prefix: string): number {
  const rest = name?.startsWith(prefix) ? name.slice(prefix.length) : '';
  return /^\d+$/.test(rest) ? Number(rest) : -1;
}

/** One more than the highest in use, counted on from `taken`. */
function withNext<D extends Named>(devices: readonly D[], prefix: string, taken = -1): readonly D[] {
  let highest = Math.max(taken, ...devices.map((device) => numberOf(device.alias?.name, prefix)));
  return devices.map((device) => {
    if (device.alias) return device;
    highest += 1;
    return named(device, `${prefix}${highest}`);
  });
}

/** Assigned interfaces are numbered with the host devices, before them. */
function interfaces(devices: Devices, isHostdev: (net: Devices['interface'][number]) => boolean): Devices['interface'] {
  const assigned = devices.interface.filter(isHostdev);
  const hostdevs = withNext(assigned, 'hostdev', highestHostdev(devices));
  const cards = withNext(
    devices.interface.filter((net) => !isHostdev(net)),
    'net',
  );
  let [nextHostdev, nextCard] = [0, 0];
  return devices.interface.map((net) => (isHostdev(net) ? hostdevs[nextHostdev++] : cards[nextCard++]) ?? net);
}

const highestHostdev = (devices: Devices): number =>
  Math.max(-1, ...devices.hostdev.map((device) => numberOf(device.alias?.name, 'hostdev')));

function hostdevNumbers(devices: Devices, isHostdev: (net: Devices['interface'][number]) => boolean): number {
  return Math.max(-1, ...interfaces(devices, isHostdev).map((net) => numberOf(net.alias?.name, 'hostdev')));
}

/** The first console is the first serial port, seen again. */
function consoles({ console, serial }: Devices): Devices['console'] {
  return console.map((device, index) => {
    const twin = index === 0 && device.target.type === 'serial' && serial.length > 0;
    return named(device, twin ? (serial[0]?.alias?.name ?? 'serial0') : `console${index}`);
  });
}

function controllerAlias(controller: Controller, domain: DomainDef): string {
  const { type, index = 0 } = controller;
  const express = isPcExpress(domain);
  if (type === 'pci') return index === 0 ? (express ? 'pcie.0' : 'pci.0') : `pci.${index}`;
  const first: Partial<Record<Controller['type'], string>> = { usb: 'usb', [express ? 'sata' : 'ide']: 'ide' };
  return (index === 0 ? first[type] : undefined) ?? `${type}${index}`;
}

const memoryPrefix: Readonly<Record<Memory['model'], string>> = {
  dimm: 'dimm',
  nvdimm: 'nvdimm',
  'virtio-mem': 'virtiomem',
  'virtio-pmem': 'virtiopmem',
  'sgx-epc': 'epc',
};

/** Modules in slots are named by the slot, so that a later start names them alike; the others in order of their kind. */
function memories(memory: Devices['memory']): Devices['memory'] {
  const next = new Map<string, number>();
  return memory.map((device) => {
    const prefix = memoryPrefix[device.model];
    if (device.address?.type === 'dimm') return named(device, `${prefix}${device.address.slot}`);
    const number = next.get(prefix) ?? 0;
    next.set(prefix, number + 1);
    return named(device, `${prefix}${number}`);
  });
}
