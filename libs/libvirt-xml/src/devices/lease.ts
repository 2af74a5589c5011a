import { attr, child } from '../model/field.js';
import { element, leaf, type ValueOf } from '../model/element.js';
import { filled, ulong } from '../model/scalar.js';
import { xmlError } from '../model/place.js';

const target = element({ path: attr(filled, { required: true }), offset: attr(ulong, { blank: [0] }) });

/** A lock that the domain holds while it runs. */
export const lease = element({
  lockspace: child(leaf(filled), { required: (at) => xmlError(at, "Missing 'lockspace' element for lease") }),
  key: child(leaf(filled), { required: (at) => xmlError(at, "Missing 'key' element for lease") }),
  target: child(target, { required: (at) => xmlError(at, "Missing 'target' element for lease") }),
});
export type LeaseDef = ValueOf<typeof lease>;
