import { attr, children } from '../model/field.js';
import { element, tagged, type TaggedValue, type ValueOf } from '../model/element.js';
import { unsupported } from '../model/place.js';
import { hex, oneOf, yesNo, type Scalar } from '../model/scalar.js';
import { chardevFields, chardevType } from '../shared/chardev.js';
import { bootableDevice } from '../shared/device-info.js';

const fields = {
  bus: attr(oneOf('usb'), { fallback: 'usb', invalid: (given, at) => unsupported(at, `unknown redirdev bus '${given}'`) }),
  type: chardevType,
  ...chardevFields,
  ...bootableDevice,
};

export type RedirdevDef = TaggedValue<typeof fields, 'type'>;
/** A USB device that a client far away lends. */
export const redirdev = tagged('type', fields);

const ANY = -1;

/** Any value is -1 in libvirt's eyes, and is then not written. */
const anyOr = (digits: number, max: number): Scalar<number> => ({
  ...hex(digits, { min: ANY, max }),
  write: (value) => `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`,
});

/** USB version in BCD, such as 1.10. */
const version: Scalar<string> = {
  label: 'version such as 1.10',
  read: (given) => {
    const [, major, minor = ''] = /^(-1|\d{1,2})(?:\.(\d{1,2}))?$/.exec(given) ?? [];
    return major === undefined || major === String(ANY) ? major : `${Number(major)}.${minor.padEnd(2, '0')}`;
  },
  write: (value) => value,
};

const usbdev = element({
  class: attr(anyOr(2, 0xff), { blank: [ANY] }),
  vendor: attr(anyOr(4, 0xffff), { blank: [ANY] }),
  product: attr(anyOr(4, 0xffff), { blank: [ANY] }),
  version: attr(version, { blank: [String(ANY)] }),
  allow: attr(yesNo, { required: true }),
});

/** Which devices may be lent. */
export const redirfilter = element({ usbdev: children(usbdev) }, { emptyIsAbsent: true });
export type RedirfilterDef = ValueOf<typeof redirfilter>;
