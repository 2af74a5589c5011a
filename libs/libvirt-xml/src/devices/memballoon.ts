import { attr, child } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { oneOf, onOff, uint } from '../model/scalar.js';
import { deviceInfo, virtioDriver } from '../shared/device-info.js';

const stats = child(element({ period: attr(uint(), { blank: [0] }) }, { emptyIsAbsent: true }), {
  doc: 'How often the guest reports its use of memory, in seconds.',
});

/** Lets the host take memory back from the guest. */
export const memballoon = element({
  model: attr(oneOf('virtio', 'xen', 'none', 'virtio-transitional', 'virtio-non-transitional'), { required: true }),
  autodeflate: attr(onOff),
  freePageReporting: attr(onOff),
  stats,
  ...deviceInfo,
  driver: virtioDriver,
});
export type MemballoonDef = ValueOf<typeof memballoon>;
