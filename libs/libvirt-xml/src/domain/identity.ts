/** SMBIOS and other words about who the machine is. */
import { attr, byTag, child, children, content } from '../model/field.js';
import { element, tagged, type TaggedValue } from '../model/element.js';
import { filled, oneOf, text } from '../model/scalar.js';
import { xmlError } from '../model/place.js';

const entry = element({ name: attr(filled, { required: true }), file: attr(filled), value: content(text) });
const table = child(
  element({ entry: children(element({ name: attr(filled, { required: true }), value: content(text) })) }, { emptyIsAbsent: true }),
);

const fields = {
  type: attr(oneOf('smbios', 'fwcfg'), { required: true, invalid: (given, at) => xmlError(at, `unknown sysinfo type '${given}'`) }),
  bios: byTag({ smbios: table }),
  system: byTag({ smbios: table }),
  baseBoard: byTag({
    smbios: children(
      element({ entry: children(element({ name: attr(filled, { required: true }), value: content(text) })) }, { emptyIsAbsent: true }),
    ),
  }),
  chassis: byTag({ smbios: table }),
  oemStrings: byTag({ smbios: child(element({ entry: children(element({ value: content(text) })) }, { emptyIsAbsent: true })) }),
  entry: byTag({ fwcfg: children(entry) }),
};

export const sysinfo = tagged('type', fields);
export type SysinfoDef = TaggedValue<typeof fields, 'type'>;
