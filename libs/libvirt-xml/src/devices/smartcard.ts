import { attr, byTag, child, children, inline } from '../model/field.js';
import { leaf, tagged, type TaggedValue } from '../model/element.js';
import { filled, oneOf } from '../model/scalar.js';
import { xmlError } from '../model/place.js';
import { chardevBackend } from '../shared/chardev.js';
import { deviceInfo } from '../shared/device-info.js';

const fields = {
  mode: attr(oneOf('host', 'host-certificates', 'passthrough'), { required: true }),
  chardev: byTag({ passthrough: inline(chardevBackend) }),
  certificate: byTag({ 'host-certificates': children(leaf(filled)) }),
  database: byTag({ 'host-certificates': child(leaf(filled)) }),
  ...deviceInfo,
};

export type SmartcardDef = TaggedValue<typeof fields, 'mode'>;
/** A smart card reader. */
export const smartcard = tagged('mode', fields, {
  refine: (value, at) => {
    if (value.mode === 'passthrough' && !at.element.attributes.has('type')) {
      throw xmlError(at, 'passthrough mode requires a character device type attribute');
    }
    if (value.mode === 'host-certificates' && value.certificate.length !== 3) {
      throw xmlError(at, 'host-certificates mode needs exactly three certificates');
    }
    return value;
  },
});
