import type { AudioDef } from '../devices/audio.js';
import type { DevicesDef } from '../devices/devices.js';

/** The backend for sound when none is described: SPICE's own with SPICE, SDL's with SDL, else silence. */
export function fillAudio(devices: DevicesDef): DevicesDef {
  if (devices.audio.length > 0) return devices;
  return { ...devices, audio: [defaultAudio(devices)] };
}

function defaultAudio({ graphics }: DevicesDef): AudioDef {
  const type = graphics.some((one) => one.type === 'spice') ? 'spice' : graphics.some((one) => one.type === 'sdl') ? 'sdl' : 'none';
  return { id: 1, type };
}
