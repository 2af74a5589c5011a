/** Every device of a guest that can sit on a PCI bus, with what it needs there. */
import type { DomainDef } from '../../domain/domain.js';
import type { ControllerDef } from '../../devices/controller.js';
import type { HostdevDef } from '../../devices/hostdev.js';
import type { NetDef } from '../../devices/interface/interface.js';
import { isKnownModel } from '../../devices/interface/model.js';
import type { DeviceAddress } from '../../shared/device-address.js';
import { busShapes, Connect, type PciModel } from './connect.js';

export interface Slotted {
  /** The device itself: places are kept by it. */
  readonly device: object & { readonly address?: DeviceAddress };
  readonly needs: number;
  readonly path: string;
}

/** Flags of the three sorts of device, which depend on the root: conventional, express, and virtio, which is whichever the root is. */
export interface Sorts {
  readonly pci: number;
  readonly pcie: number;
  readonly virtio: number;
}

export function sortsOf(express: boolean, modernVirtio: boolean): Sorts {
  const pci = Connect.pciDevice | Connect.hotplug;
  const pcie = express ? Connect.pcieDevice | Connect.hotplug : pci;
  return { pci, pcie, virtio: modernVirtio ? pcie : pci };
}

/** A model of virtio that is bound to conventional PCI. */
const virtioSort = (model: string | undefined, sorts: Sorts): number => (model === 'virtio-transitional' ? sorts.pci : sorts.virtio);

export function pciModelOf(controller: ControllerDef): PciModel | undefined {
  return controller.type === 'pci' ? controller.model : undefined;
}

export function controllerNeeds(controller: ControllerDef, sorts: Sorts): number {
  const needs: Readonly<Partial<Record<ControllerDef['type'], number>>> = {
    pci: controller.type === 'pci' && controller.model ? busShapes[controller.model].needs : 0,
    usb: usbNeeds(modelOf(controller), sorts),
    scsi: scsiNeeds(modelOf(controller), sorts),
    'virtio-serial': virtioSort(modelOf(controller), sorts),
    ide: sorts.pci,
    sata: sorts.pci,
  };
  return needs[controller.type] ?? 0;
}

const modelOf = (controller: ControllerDef): string | undefined => ('model' in controller ? controller.model : undefined);

function usbNeeds(model: string | undefined, sorts: Sorts): number {
  if (model === 'none' || model === 'qusb1' || model === 'qusb2') return 0;
  return model === 'nec-xhci' || model === 'qemu-xhci' ? sorts.pcie : sorts.pci;
}

function scsiNeeds(model: string | undefined, sorts: Sorts): number {
  return model === 'virtio-scsi' || model === 'virtio-non-transitional' ? sorts.virtio : sorts.pci;
}

export function interfaceNeeds(device: NetDef, sorts: Sorts): number {
  const model = device.model?.type;
  if (device.type === 'hostdev' || model === 'usb-net') return 0;
  if (model === 'virtio' || model === 'virtio-transitional' || model === 'virtio-non-transitional') return virtioSort(model, sorts);
  return model === 'e1000e' || (model !== undefined && !isKnownModel(model)) ? sorts.pcie : sorts.pci;
}

/** A device of the host counts as express: its own capabilities are not looked at here. */
export function hostdevNeeds(device: HostdevDef, sorts: Sorts): number {
  switch (device.type) {
    case 'pci':
    case 'mdev':
      return sorts.pcie;
    case 'scsi_host':
      return virtioSort(device.model, sorts);
    case 'usb':
    case 'scsi':
      return 0;
  }
  return 0;
}

export interface SlottedGuest {
  readonly pciControllers: readonly Slotted[];
  /** Everything else, in the order in which places are given out. */
  readonly others: readonly Slotted[];
}

/** @param sorts as the machine has them. */
export function slottedDevices(def: DomainDef, sorts: Sorts): SlottedGuest {
  const { devices } = def;
  const list = <T extends object & { readonly address?: DeviceAddress }>(kind: string, all: readonly T[], needs: (device: T) => number) =>
    all
      .map((device, index): Slotted => ({ device, needs: needs(device), path: `/domain/devices/${kind}[${index + 1}]` }))
      .filter((one) => one.needs !== 0);
  const one = <T extends object & { readonly address?: DeviceAddress }>(
    kind: string,
    device: T | undefined,
    needs: (device: T) => number,
  ) => list(kind, device ? [device] : [], needs);
  const controllers = list('controller', devices.controller, (device) => controllerNeeds(device, sorts));
  const isPci = ({ device }: Slotted): boolean =>
    devices.controller.some((controller) => controller === device && controller.type === 'pci');
  const virtio = (device: { readonly model?: string | undefined }) => virtioSort(device.model, sorts);
  return {
    pciControllers: controllers.filter(isPci),
    others: [
      ...list('filesystem', devices.filesystem, virtio),
      ...list('interface', devices.interface, (device) => interfaceNeeds(device, sorts)),
      ...list('sound', devices.sound, ({ model }) => (['sb16', 'pcspk', 'usb'].includes(model) ? 0 : sorts.pci)),
      ...controllers.filter((controller) => !isPci(controller)),
      ...list('disk', devices.disk, ({ target, model }) => (target.bus === 'virtio' ? virtioSort(model, sorts) : 0)),
      ...list('interface', devices.interface, (device) => (device.type === 'hostdev' && !isUsbSource(device) ? sorts.pcie : 0)),
      ...list('hostdev', devices.hostdev, (device) => hostdevNeeds(device, sorts)),
      ...one('memballoon', devices.memballoon, (device) => (device.model === 'none' || device.model === 'xen' ? 0 : virtio(device))),
      ...list('rng', devices.rng, virtio),
      ...one('watchdog', devices.watchdog, ({ model }) => (model === 'i6300esb' ? sorts.pci : 0)),
      ...list('video', devices.video, ({ model }) => videoNeeds(model.type, sorts)),
      ...list('shmem', devices.shmem, () => sorts.pci),
      ...list('input', devices.input, ({ bus, model }) => (bus === 'virtio' ? virtioSort(model, sorts) : 0)),
      ...list('serial', devices.serial, ({ target }) => (target.type === 'pci-serial' ? sorts.pci : 0)),
      ...one('vsock', devices.vsock, virtio),
      ...list('memory', devices.memory, ({ model }) => (model === 'virtio-mem' || model === 'virtio-pmem' ? sorts.pcie : 0)),
      ...one('iommu', devices.iommu, ({ model }) => (model === 'virtio' ? (sorts.pcie & ~Connect.hotplug) | Connect.integrated : 0)),
    ],
  };
}

const isUsbSource = (device: NetDef & { readonly type: 'hostdev' }): boolean =>
  device.source.address ? device.source.address.type === 'usb' : device.source.vendor !== undefined;

export function videoNeeds(type: string, sorts: Sorts): number {
  if (type === 'none' || type === 'ramfb') return 0;
  if (type === 'virtio') return sorts.virtio;
  return type === 'bochs' ? sorts.pcie : sorts.pci;
}
