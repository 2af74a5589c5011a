import type { DevicesDef } from '../devices/devices.js';
import type { VideoDef } from '../devices/video.js';

type Model = VideoDef['model'];

const MIB = 1024;

/** Memory of each card in KiB, when nothing is said. */
const memories: Readonly<Record<string, Partial<Pick<Model, 'ram' | 'vram' | 'vgamem'>>>> = {
  vga: { vram: 16 * MIB },
  cirrus: { vram: 16 * MIB },
  vmvga: { vram: 16 * MIB },
  bochs: { vram: 16 * MIB },
  xen: { vram: 4 * MIB },
  qxl: { ram: 64 * MIB, vram: 64 * MIB, vgamem: 16 * MIB },
};

/** A graphics card for a guest that has a screen to show; the first card is the primary one. */
export function fillVideos(devices: DevicesDef, has: (device: string) => boolean, known: boolean): DevicesDef {
  const implicit: readonly VideoDef[] = devices.graphics.length > 0 ? [{ model: { type: 'default' } }] : [];
  const given = devices.video.length > 0 ? devices.video : implicit;
  const model = defaultModel(has, known);
  const ordered = [...given.filter((one) => one.model.primary), ...given.filter((one) => !one.model.primary)];
  return { ...devices, video: ordered.map((one, index) => fill(one, index === 0, model)) };
}

function defaultModel(has: (device: string) => boolean, known: boolean): Model['type'] {
  if (!known || has('cirrus-vga')) return 'cirrus';
  return has('VGA') ? 'vga' : 'qxl';
}

function fill({ model, ...rest }: VideoDef, first: boolean, fallback: Model['type']): VideoDef {
  const type = model.type === 'default' ? fallback : model.type;
  if (type === 'none') return { ...rest, model: { type } };
  const memory = roundMemory({ ...memories[type], ...model });
  return { ...rest, model: { ...memory, type, heads: model.heads ?? 1, ...(first ? { primary: true } : {}) } };
}

/** Memories are powers of two; that of the VGA part is taken as it is. */
function roundMemory(model: Model): Model {
  const round = (value: number | undefined) => (value === undefined ? undefined : 2 ** Math.ceil(Math.log2(value)));
  const rounded = Object.entries({ ram: round(model.ram), vram: round(model.vram) });
  return { ...model, ...Object.fromEntries(rounded.filter(([, value]) => value !== undefined)) };
}
