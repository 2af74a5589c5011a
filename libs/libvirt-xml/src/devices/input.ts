import { attr, byTag, child } from '../model/field.js';
import { element, tagged, type TaggedValue } from '../model/element.js';
import { filled, oneOf, onOff } from '../model/scalar.js';
import { unsupported, xmlError } from '../model/place.js';
import { deviceInfo, virtioDriver } from '../shared/device-info.js';

const evdev = element({
  dev: attr(filled, { required: true }),
  grab: attr(oneOf('all')),
  grabToggle: attr(oneOf('ctrl-ctrl', 'alt-alt', 'shift-shift', 'meta-meta', 'scrolllock', 'ctrl-scrolllock')),
  repeat: attr(onOff),
});

const fields = {
  type: attr(oneOf('mouse', 'tablet', 'keyboard', 'passthrough', 'evdev'), {
    required: true,
    invalid: (given, at) => unsupported(at, `unknown input device type '${given}'`),
  }),
  bus: attr(oneOf('ps2', 'usb', 'xen', 'parallels', 'virtio', 'none'), {
    blank: ['none'],
    invalid: (given, at) => unsupported(at, `unknown input bus type '${given}'`),
  }),
  model: attr(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional')),
  driver: virtioDriver,
  source: byTag({
    passthrough: child(element({ evdev: attr(filled, { required: true }) }), {
      required: (at) => xmlError(at, 'Missing evdev path for input device passthrough'),
    }),
    evdev: child(evdev, { required: (at) => xmlError(at, 'missing evdev path for input device evdev') }),
  }),
  ...deviceInfo,
};

export type InputDef = TaggedValue<typeof fields, 'type'>;
/** A mouse, tablet or keyboard. */
export const input = tagged('type', fields);
