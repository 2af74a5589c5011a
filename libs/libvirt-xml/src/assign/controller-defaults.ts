import type { ControllerDef } from '../devices/controller.js';

type Has = (device: string) => boolean;

/** Models of controllers that name none. What the emulator has decides; unknown, USB stays open. */
export function fillController(controller: ControllerDef, has: Has, known: boolean): ControllerDef {
  if (controller.type === 'scsi') return fillScsi(controller, !known || has('lsi53c895a'));
  return controller.type === 'usb' ? fillUsb(controller, has) : controller;
}

type Scsi = Extract<ControllerDef, { readonly type: 'scsi' }>;
type Usb = Extract<ControllerDef, { readonly type: 'usb' }>;

function fillScsi(controller: Scsi, lsi: boolean): Scsi {
  if (controller.model !== undefined && controller.model !== 'auto') return controller;
  return { ...controller, model: lsi ? 'lsilogic' : 'virtio-scsi' };
}

function fillUsb(controller: Usb, has: Has): Usb {
  if (controller.model !== undefined) return controller;
  if (has('piix3-usb-uhci')) return { ...controller, model: 'piix3-uhci' };
  return has('pci-ohci') ? { ...controller, model: 'pci-ohci' } : controller;
}
