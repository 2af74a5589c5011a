import { attr } from '../model/field.js';
import { element } from '../model/element.js';
import { filled, oneOf, ulong, type Scalar } from '../model/scalar.js';
import { xmlError } from '../model/place.js';
import { NETWORK, networkName } from './network-name.js';

/** Only `off` switches it off: libvirt takes any other word for on. */
const stp: Scalar<boolean> = { label: 'off | anything else', read: (given) => given !== 'off', write: (value) => (value ? 'on' : 'off') };

export const bridge = element({
  name: attr(filled),
  zone: attr(filled),
  stp: attr(stp),
  /** Seconds. */
  delay: attr(ulong, {
    blank: [0],
    invalid: (_, at) => xmlError(at, `Invalid delay value in network '${networkName(at)}'`, NETWORK),
  }),
  macTableManager: attr(oneOf('kernel', 'libvirt'), {
    doc: "Who fills the bridge's forwarding table: `libvirt` means entries by definition, without learning and flooding.",
    invalid: (given, at) => xmlError(at, `Invalid macTableManager setting '${given}' in network '${networkName(at)}'`, NETWORK),
  }),
});
