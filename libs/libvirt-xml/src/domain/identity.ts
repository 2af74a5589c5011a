/** SMBIOS and other words about who the machine is. */
import { attr, byTag, child, children, content } from '../model/field.js';
import { element, tagged, type TaggedValue } from '../model/element.js';
import { filled, oneOf, text } from '../model/scalar.js';
import { xmlError } from '../model/place.js';

/** A table of SMBIOS with the entries that it can have, in the order in which they are kept; others are passed over. */
const table = (...names: readonly string[]) => {
  const entry = element(
    { name: attr(filled, { required: true }), value: content(text) },
    { refine: (value) => (names.includes(value.name) ? value : undefined) },
  );
  return element({ entry: children(entry, { order: (a, b) => names.indexOf(a.name) - names.indexOf(b.name) }) }, { emptyIsAbsent: true });
};

const bios = table('vendor', 'version', 'date', 'release');
const system = table('manufacturer', 'product', 'version', 'serial', 'uuid', 'sku', 'family');
const baseBoard = table('manufacturer', 'product', 'version', 'serial', 'asset', 'location');
const chassis = table('manufacturer', 'version', 'serial', 'asset', 'sku');

const firmwareEntry = element({ name: attr(filled, { required: true }), file: attr(filled), value: content(text) });

const fields = {
  type: attr(oneOf('smbios', 'fwcfg'), { required: true, invalid: (given, at) => xmlError(at, `unknown sysinfo type '${given}'`) }),
  bios: byTag({ smbios: child(bios) }),
  system: byTag({ smbios: child(system) }),
  baseBoard: byTag({ smbios: children(baseBoard) }),
  chassis: byTag({ smbios: child(chassis) }),
  oemStrings: byTag({ smbios: child(element({ entry: children(element({ value: content(text) })) }, { emptyIsAbsent: true })) }),
  entry: byTag({ fwcfg: children(firmwareEntry) }),
};

export const sysinfo = tagged('type', fields);
export type SysinfoDef = TaggedValue<typeof fields, 'type'>;
