import { attr, child, children } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { oneOf, uint, yesNo } from '../model/scalar.js';
import { unsupported } from '../model/place.js';
import { deviceInfo } from '../shared/device-info.js';

/** A sound card of the guest. */
export const sound = element(
  {
    model: attr(oneOf('sb16', 'es1370', 'pcspk', 'ac97', 'ich6', 'ich7', 'ich9', 'usb'), { required: true }),
    multichannel: attr(yesNo),
    codec: children(
      element({
        type: attr(oneOf('duplex', 'micro', 'output'), {
          required: true,
          invalid: (given, at) => unsupported(at, `unknown codec type '${given}'`),
        }),
      }),
    ),
    audio: child(element({ id: attr(uint({ min: 1 }), { required: true }) })),
    ...deviceInfo,
  },
  { refine: (value) => (withCodecs.includes(value.model) ? value : { ...value, codec: [] }) },
);

/** High definition audio alone is made of codecs. */
const withCodecs: readonly string[] = ['ich6', 'ich9'];

export type SoundDef = ValueOf<typeof sound>;
