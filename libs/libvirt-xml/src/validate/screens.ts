/** Rules about graphics cards and the screens that show them. */
import type { DevicesDef } from '../devices/devices.js';
import type { DomainDef } from '../domain/domain.js';
import { banned, bannedFor, unsupported, virtioOption, type Ban, type Rule } from './rule.js';

type Video = DevicesDef['video'][number];
type Graphics = DevicesDef['graphics'][number];

const foreign = ['xen', 'vbox', 'parallels', 'gop'];
/** Cards that need not be the first, and may have several heads. */
const versatile = ['qxl', 'virtio'];

const onlyQxl = (name: 'ram' | 'vram64' | 'vgamem'): Ban<Video> => ({
  at: 'model',
  when: ({ model }) => model.type !== 'qxl' && model[name] !== undefined,
  words: `${name} attribute only supported for video type qxl`,
});

const videos: readonly Ban<Video>[] = [
  {
    when: ({ model }, { devices }) => model.type === 'none' && devices.video.length > 1,
    words: "a 'none' video type must be the only video device defined for the domain",
  },
  {
    at: 'address',
    when: ({ model, address }) => model.type === 'ramfb' && address !== undefined,
    words: 'address not supported for video type ramfb',
  },
  {
    when: ({ model }) => foreign.includes(model.type),
    words: ({ model }) => `domain configuration does not support video model '${model.type}'`,
  },
  {
    when: (video, { devices }) => !versatile.includes(video.model.type) && devices.video[0] !== video,
    words: ({ model }) => `video type '${model.type}' is only valid as primary video device`,
  },
  {
    at: 'model',
    when: ({ model, driver }) => model.acceleration?.rendernode !== undefined && driver?.name !== 'vhostuser',
    words: "unsupported rendernode accel attribute without 'vhostuser'",
  },
  {
    at: 'driver',
    when: ({ model, driver }) => driver?.name === 'vhostuser' && model.type !== 'virtio',
    words: "'vhostuser' driver is only supported with 'virtio' device",
  },
  {
    at: 'model',
    when: ({ model }) => (model.heads ?? 0) > 1 && !versatile.includes(model.type),
    words: ({ model }) => `video type '${model.type}' doesn't support multiple 'heads'`,
  },
  {
    at: 'model/resolution',
    code: 'XML_ERROR',
    when: ({ model }) => model.resolution !== undefined && !['vga', 'qxl', 'virtio', 'gop', 'bochs'].includes(model.type),
    words: 'model resolution is not supported',
  },
  {
    at: 'model/resolution',
    when: ({ model: { resolution } }) => resolution !== undefined && resolution.x * resolution.y === 0,
    words: 'video resolution values must be greater than 0',
  },
  {
    at: 'model',
    when: ({ model: { vgamem } }) => vgamem !== undefined && !Number.isInteger(Math.log2(vgamem)),
    words: "value for 'vgamem' must be power of two",
  },
  {
    at: 'driver',
    when: ({ model, driver }) => model.type !== 'virtio' && virtioOption(driver) !== undefined,
    words: ({ driver }) => `${virtioOption(driver)} driver option is only supported for virtio devices`,
  },
  onlyQxl('ram'),
  onlyQxl('vram64'),
  onlyQxl('vgamem'),
];

const withHeadless = ['vnc', 'spice', 'egl-headless'];

const graphics: readonly Ban<Graphics>[] = [
  {
    when: (one) => one.type === 'vnc' && one.connected !== undefined && one.connected !== 'keep',
    words: "VNC supports connected='keep' only",
  },
  {
    when: ({ type }, { devices }) => type === 'egl-headless' && devices.graphics.some((other) => !withHeadless.includes(other.type)),
    words: "graphics type 'egl-headless' is only supported with one of: 'vnc', 'spice' graphics types",
  },
  {
    when: ({ type }) => type === 'rdp' || type === 'desktop',
    words: ({ type }) => `${type} graphics are not supported with this QEMU`,
  },
];

const together: readonly Ban<DomainDef>[] = [
  {
    at: 'devices/video',
    when: ({ devices }) => devices.video.filter(({ model }) => model.primary).length > 1,
    words: 'Only one primary video device is supported',
  },
  {
    at: 'devices/audio',
    when: ({ devices }) => devices.audio.some(({ type }) => type === 'spice') && !devices.graphics.some(({ type }) => type === 'spice'),
    words: 'Spice audio is not supported without spice graphics',
  },
];

interface Talker {
  readonly type: string;
  readonly path: string;
}

/** The host's end of everything that talks in bytes. */
function talkers({ devices }: DomainDef): readonly Talker[] {
  const kinds = ['channel', 'serial', 'parallel', 'console', 'redirdev'] as const;
  const all = kinds.flatMap((kind) => devices[kind].map(({ type }, index) => ({ type, path: `devices/${kind}[${index + 1}]` })));
  const cards = devices.smartcard.flatMap((card) =>
    card.mode === 'passthrough' ? [{ type: card.chardev.type, path: 'devices/smartcard' }] : [],
  );
  const sources = devices.rng.flatMap(({ backend }) =>
    backend.model === 'egd' ? [{ type: backend.chardev.type, path: 'devices/rng/backend' }] : [],
  );
  return [...all, ...cards, ...sources];
}

/** SPICE's own channels go nowhere without it. */
const lostTalkers: Rule = (def) => {
  if (def.devices.graphics.some(({ type }) => type === 'spice')) return undefined;
  const lost = talkers(def).find(({ type }) => type === 'spicevmc' || type === 'spiceport');
  return lost && unsupported(lost.path, `chardev '${lost.type}' not supported without spice graphics`);
};

export const screenRules: readonly Rule[] = [banned(together), lostTalkers, bannedFor('video', videos), bannedFor('graphics', graphics)];
