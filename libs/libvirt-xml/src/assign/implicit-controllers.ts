/** Controllers that the machine has, and those that devices sit behind. */
import { LibvirtError } from '../errors/libvirt-error.js';
import type { ControllerDef } from '../devices/controller.js';
import type { DevicesDef } from '../devices/devices.js';
import type { DomainDef } from '../domain/domain.js';
import { ensureController, findController } from './controllers.js';
import { isI440fx, isQ35 } from './machine.js';

/** Adds what every machine of this sort has: a root bus, USB, SATA on Q35. */
export function addMachineControllers(def: DomainDef, has: (device: string) => boolean): DomainDef {
  let list = def.devices.controller;
  const usb = machineUsb(def, has);
  if (usb && !list.some((one) => one.type === 'usb' && one.index === 0)) list = [...list, usb];
  if (isQ35(def)) list = ensureController(list, { type: 'sata', index: 0 });
  const root = isQ35(def) ? 'pcie-root' : isI440fx(def) ? 'pci-root' : undefined;
  if (root) list = withRoot(list, root);
  return { ...def, devices: { ...def.devices, controller: list } };
}

/** Q35 gets the newest USB that the emulator has, and none rather than an old one. */
function machineUsb(def: DomainDef, has: (device: string) => boolean): ControllerDef | undefined {
  if (isI440fx(def)) return { type: 'usb', index: 0 };
  if (!isQ35(def)) return undefined;
  const model = (['qemu-xhci', 'nec-xhci'] as const).find((name) => has(name === 'nec-xhci' ? 'nec-usb-xhci' : name));
  return model && { type: 'usb', index: 0, model };
}

function withRoot(list: readonly ControllerDef[], model: 'pci-root' | 'pcie-root'): readonly ControllerDef[] {
  const found = findController(list, 'pci', 0);
  if (!found) return [...list, { type: 'pci', index: 0, model }];
  if (found.type === 'pci' && found.model === model) return list;
  const words = `The PCI controller with index='0' must be model='${model}' for this machine type, but model='${found.type === 'pci' ? found.model : ''}' was found instead`;
  throw new LibvirtError('XML_ERROR', words, { path: '/domain/devices/controller' });
}

const disksBehind = [
  ['scsi', 'scsi'],
  ['fdc', 'fdc'],
  ['ide', 'ide'],
  ['sata', 'sata'],
] as const;

/** Adds the controllers that addresses of devices speak of. */
export function addDeviceControllers(devices: DevicesDef): DevicesDef {
  let list = devices.controller;
  for (const [type, bus] of disksBehind) {
    const drives = devices.disk
      .filter(({ target }) => target.bus === bus)
      .flatMap(({ address }) => (address?.type === 'drive' ? [address.controller] : []));
    list = withAllUpTo(list, type, Math.max(-1, ...drives));
  }
  for (const { target, address } of [...devices.channel, ...devices.console]) {
    if (target.type === 'virtio')
      list = ensureController(list, { type: 'virtio-serial', index: address?.type === 'virtio-serial' ? address.controller : 0 });
  }
  for (const { address } of devices.smartcard)
    if (address?.type === 'ccid') list = ensureController(list, { type: 'ccid', index: address.controller });
  return addScsiControllers({ ...devices, controller: list });
}

/**
 * The controllers that SCSI host devices sit behind, or will: one without a place counts as behind the first. Those added
 * are of the model that the last host device before the gap has.
 */
export function addScsiControllers(devices: DevicesDef): DevicesDef {
  const wanted = devices.hostdev.flatMap(({ type, address }) =>
    type === 'scsi' ? [address?.type === 'drive' ? address.controller : 0] : [],
  );
  // Only those beyond all before them count.
  const rising = wanted.filter((index, at) => wanted.slice(0, at).every((earlier) => earlier < index));
  const model = rising.reduce<ScsiModel>((before, index) => scsiModel(devices, index) ?? before, undefined);
  let list = devices.controller;
  for (let index = 0; index <= (rising.at(-1) ?? -1); index += 1) {
    list = ensureController(list, { type: 'scsi', index, ...(model === undefined ? {} : { model }) });
  }
  return { ...devices, controller: list };
}

type ScsiModel = Extract<ControllerDef, { type: 'scsi' }>['model'];

function scsiModel({ controller }: DevicesDef, index: number): ScsiModel {
  const found = findController(controller, 'scsi', index);
  return found?.type === 'scsi' ? found.model : undefined;
}

function withAllUpTo(list: readonly ControllerDef[], type: 'scsi' | 'fdc' | 'ide' | 'sata', last: number): readonly ControllerDef[] {
  let result = list;
  for (let index = 0; index <= last; index += 1) result = ensureController(result, { type, index });
  return result;
}
