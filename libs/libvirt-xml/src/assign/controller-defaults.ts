import type { ControllerDef } from '../devices/controller.js';

/** Models of controllers that name none. What the emulator has decides; unknown, USB stays open. */
export function fillController(controller: ControllerDef, has: (device: string) => boolean, known: boolean): ControllerDef {
  if (controller.type === 'scsi' && (controller.model === undefined || controller.model === 'auto')) {
    return { ...controller, model: !known || has('lsi') || has('lsi53c895a') ? 'lsilogic' : 'virtio-scsi' };
  }
  if (controller.type !== 'usb' || controller.model !== undefined) return controller;
  if (has('piix3-usb-uhci')) return { ...controller, model: 'piix3-uhci' };
  return has('pci-ohci') ? { ...controller, model: 'pci-ohci' } : controller;
}
