import { attr, child } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { filled, oneOf, onOff, uint, yesNo } from '../model/scalar.js';
import { unsupported } from '../model/place.js';
import { deviceInfo, virtioOptions } from '../shared/device-info.js';

const driver = child(
  element({ ...virtioOptions, name: attr(oneOf('qemu', 'vhostuser')), vgaconf: attr(oneOf('io', 'on', 'off')) }, { emptyIsAbsent: true }),
);

const types = ['default', 'vga', 'cirrus', 'vmvga', 'xen', 'vbox', 'qxl', 'parallels', 'virtio', 'gop', 'none', 'bochs', 'ramfb'] as const;

const kib = attr(uint(), { blank: [0] });

const model = element({
  type: attr(oneOf(...types), { fallback: 'default', invalid: (given, at) => unsupported(at, `unknown video model '${given}'`) }),
  ram: kib,
  vram: kib,
  vram64: kib,
  vgamem: kib,
  heads: attr(uint(), { shown: ({ heads }: { heads: number }) => heads > 0 }),
  primary: attr(yesNo, { blank: [false] }),
  blob: attr(onOff),
  acceleration: child(element({ accel3d: attr(yesNo), accel2d: attr(yesNo), rendernode: attr(filled) }, { emptyIsAbsent: true })),
  resolution: child(element({ x: attr(uint(), { required: true }), y: attr(uint(), { required: true }) })),
});

/** A graphics card; memory in KiB. */
export const video = element({ driver, model: child(model, { always: true }), ...deviceInfo });
export type VideoDef = ValueOf<typeof video>;
