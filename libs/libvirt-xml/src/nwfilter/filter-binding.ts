import { attr, child } from '../model/field.js';
import { element, leaf, type ValueOf } from '../model/element.js';
import { filled, text } from '../model/scalar.js';
import { fault, type Place } from '../model/place.js';
import { mac } from '../formats/mac.js';
import { uuid } from '../formats/uuid.js';
import { NWFILTER } from './nwfilter-module.js';
import { parameters } from './parameters.js';

const internal = (words: string) => (at: Place) => fault(at, 'INTERNAL_ERROR', words, NWFILTER);
const unparsable = (what: string) => (given: string, at: Place) => internal(`Unable to parse ${what} '${given}'`)(at);
const filledMac: typeof mac = { ...mac, emptyIsAbsent: true };

/** Which filter a host's device has on behalf of which domain. */
export const filterBinding = element({
  owner: child(
    element({
      name: child(leaf(text), { required: internal('filter binding has no owner name') }),
      uuid: child(leaf(uuid, { invalid: unparsable('UUID') }), {
        required: internal('filter binding has no owner UUID'),
      }),
    }),
    { required: internal('filter binding has no owner name') },
  ),
  portdev: child(element({ name: attr(filled, { required: internal('filter binding has no port dev name') }) }), {
    required: internal('filter binding has no port dev name'),
  }),
  linkdev: child(element({ name: attr(filled, { required: internal('filter binding has no link dev name') }) })),
  mac: child(
    element({ address: attr(filledMac, { required: internal('filter binding has no MAC address'), invalid: unparsable('MAC') }) }),
    {
      required: internal('filter binding has no MAC address'),
    },
  ),
  filterref: child(
    element({ filter: attr(filled, { required: internal('filter binding has no filter reference') }), parameter: parameters }),
    {
      required: internal('filter binding has no filter reference'),
    },
  ),
});

export type FilterBindingDef = ValueOf<typeof filterBinding>;
