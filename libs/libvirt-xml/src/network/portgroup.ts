import { attr, child } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { text, yesNo, type Scalar } from '../model/scalar.js';
import { xmlError } from '../model/place.js';
import { bandwidth } from '../shared/bandwidth.js';
import { virtualport } from '../shared/virtualport.js';
import { vlan } from '../shared/vlan.js';
import { NETWORK, networkName } from './network-name.js';

const yes: Scalar<boolean> = {
  label: 'yes | anything else',
  read: (given) => given.toLowerCase() === 'yes',
  write: (value) => (value ? 'yes' : 'no'),
};

/** A named class of connections to a network. */
export const portgroup = element(
  {
    name: attr(text, {
      required: (at) => xmlError(at, `Missing required name attribute in portgroup of network '${networkName(at)}'`, NETWORK),
    }),
    default: attr(yes, { blank: [false] }),
    trustGuestRxFilters: attr(yesNo),
    vlan: child(vlan),
    virtualport: child(virtualport({ typeRequired: false, complete: false, generate: false })),
    bandwidth: child(bandwidth({ floor: false, classId: false })),
  },
  { paired: true },
);

export type PortGroupDef = ValueOf<typeof portgroup>;
