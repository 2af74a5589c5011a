import type { AudioDef } from '../devices/audio.js';
import type { DevicesDef } from '../devices/devices.js';

/**
 * The backend for sound when none is described: the last screen decides. SPICE carries sound itself, VNC and no screen at
 * all mean silence, and others bring what QEMU gives them.
 */
export function fillAudio(devices: DevicesDef): DevicesDef {
  const type = devices.audio.length === 0 ? defaultType(devices) : undefined;
  return type === undefined ? devices : { ...devices, audio: [{ id: 1, type }] };
}

function defaultType({ graphics }: DevicesDef): AudioDef['type'] | undefined {
  if (graphics.length === 0) return 'none';
  const last = graphics.findLast((one) => one.type !== 'egl-headless');
  return last?.type === 'spice' ? 'spice' : last?.type === 'vnc' ? 'none' : undefined;
}
