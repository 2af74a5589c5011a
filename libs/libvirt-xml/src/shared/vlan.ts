import { attr, children } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { oneOf, uint, yesNo } from '../model/scalar.js';
import { xmlError, type Place } from '../model/place.js';

const VLAN_ID_MAX = 4095;

const tag = element({
  id: attr(uint(), {
    required: (at) => xmlError(at, 'missing vlan tag id', 0),
    invalid: (given, at) => xmlError(at, `invalid vlan tag id '${given}'`, 0),
  }),
  nativeMode: attr(oneOf('tagged', 'untagged')),
});

const fields = {
  trunk: attr(yesNo, { invalid: (given, at) => xmlError(at, `invalid "trunk='${given}'" in <vlan> - must be yes or no`, 0) }),
  tag: children(tag),
};

/** VLAN tags of a connection. Several tags mean a trunk; the word is kept only where it says yes. */
export const vlan = element(fields, {
  refine: (given, at) => {
    checkTags(given.tag, at);
    const { trunk, tag: tags } = given;
    if (tags.length > 1 && trunk === false) {
      throw xmlError(at, `invalid "trunk='no'" in <vlan> - trunk='yes' is required for more than one vlan tag`, 0);
    }
    return tags.length > 1 || trunk ? { trunk: true, tag: tags } : { tag: tags };
  },
});

function checkTags(tags: readonly ValueOf<typeof tag>[], at: Place): void {
  if (tags.length === 0) throw xmlError(at, "missing tag id - each <vlan> must have at least one <tag id='n'/> subelement", 0);
  const large = tags.find(({ id }) => id > VLAN_ID_MAX);
  if (large) throw xmlError(at, `vlan tag id ${large.id} too large (maximum ${VLAN_ID_MAX})`, 0);
  if (tags.filter(({ nativeMode }) => nativeMode !== undefined).length > 1) throw xmlError(at, 'duplicate native vlan setting', 0);
}
