import { child } from '../model/field.js';
import { element, leaf } from '../model/element.js';
import { filled, int, type Scalar } from '../model/scalar.js';
import { xmlError } from '../model/place.js';
import { STORAGE } from './storage-name.js';

const MODE_MAX = 0o7777;

/** Permission bits in octal, written with four digits. */
const mode: Scalar<number> = {
  label: 'octal number',
  read: (given) => (/^0*[0-7]{1,4}$/.test(given) && parseInt(given, 8) <= MODE_MAX ? parseInt(given, 8) : undefined),
  write: (value) => value.toString(8).padStart(4, '0'),
};

const NOBODY = -1;
const malformed = (what: string) => ({
  invalid: (_: string, at: Parameters<typeof xmlError>[0]) => xmlError(at, `malformed ${what}`, STORAGE),
});

/** Who owns a file or a directory; what is not said is left as the host makes it. */
export const permissions = element(
  {
    mode: child(leaf(mode, malformed('octal mode'))),
    owner: child(leaf(int({ min: NOBODY, max: 0xffff_ffff }), { blank: [NOBODY], ...malformed('owner element') })),
    group: child(leaf(int({ min: NOBODY, max: 0xffff_ffff }), { blank: [NOBODY], ...malformed('group element') })),
    label: child(leaf(filled), { doc: 'The label that the security driver gave.' }),
  },
  { emptyIsAbsent: true },
);
