import { attr, byTag, child, content, inline } from '../model/field.js';
import { element, tagged, type ValueOf } from '../model/element.js';
import { filled, oneOf, uint } from '../model/scalar.js';
import { unsupported, xmlError } from '../model/place.js';
import { chardevBackend } from '../shared/chardev.js';
import { deviceInfo, virtioDriver } from '../shared/device-info.js';

const backend = tagged(
  'model',
  {
    model: attr(oneOf('random', 'egd', 'builtin'), {
      required: (at) => xmlError(at, 'missing RNG device backend model'),
      invalid: (given, at) => unsupported(at, `unknown RNG backend model '${given}'`),
    }),
    chardev: byTag({ egd: inline(chardevBackend) }),
    path: byTag({ random: content(filled, { fallback: '/dev/random' }) }),
  },
  {
    refine: (value, at) => {
      if (value.model === 'egd' && !at.element.attributes.has('type')) throw xmlError(at, 'missing EGD backend type');
      return value;
    },
  },
);

/** A source of random numbers. */
export const rng = element({
  model: attr(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional'), {
    required: (at) => xmlError(at, 'missing RNG device model'),
    invalid: (given, at) => unsupported(at, `unknown RNG model '${given}'`),
  }),
  rate: child(
    element(
      {
        bytes: attr(uint(), { required: (at) => xmlError(at, 'invalid RNG rate bytes value') }),
        period: attr(uint(), { blank: [0] }),
      },
      { refine: (value) => (value.bytes === 0 ? undefined : value) },
    ),
  ),
  backend: child(backend, { required: (at) => xmlError(at, 'missing RNG device backend') }),
  driver: virtioDriver,
  ...deviceInfo,
});
export type RngDef = ValueOf<typeof rng>;
