import type { NetDef } from '../devices/interface/interface.js';

/** The network card when none is named. A device of the host brings its own. */
export function fillInterface(device: NetDef, has: (device: string) => boolean, known: boolean): NetDef {
  if (device.model || device.type === 'hostdev') return device;
  return { ...device, model: { type: device.type === 'vdpa' ? 'virtio' : defaultModel(has, known) } };
}

function defaultModel(has: (device: string) => boolean, known: boolean): string {
  if (!known || has('rtl8139')) return 'rtl8139';
  return has('e1000') ? 'e1000' : 'virtio';
}
