import { attr, byTag, child } from '../model/field.js';
import { element, leaf, tagged, type FieldsValue } from '../model/element.js';
import { defined } from '../model/defined.js';
import { filled, oneOf, text, yesNo } from '../model/scalar.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
import { uuid } from '../formats/uuid.js';

/** libvirt's module number of secrets. */
const SECRET = 30;

const internal = (at: Place, words: string) => fault(at, 'INTERNAL_ERROR', words, SECRET);
const missing = (owner: string, what: string) => (at: Place) => internal(at, `${owner} usage specified, but ${what} is missing`);

const named = {
  ceph: child(leaf(filled), { required: missing('Ceph', 'name') }),
  tls: child(leaf(filled), { required: missing('TLS', 'name') }),
  vtpm: child(leaf(filled), { required: missing('vTPM', 'name') }),
};

/** What the secret is for: definitions can name it by this. */
const usage = tagged(
  'type',
  {
    type: attr(oneOf('none', 'volume', 'ceph', 'iscsi', 'tls', 'vtpm'), {
      required: (at) => xmlError(at, 'unknown secret usage type', SECRET),
      invalid: (given, at) => unsupported(at, `unknown secret usage type ${given}`, SECRET),
    }),
    volume: byTag({ volume: child(leaf(filled), { required: missing('volume', 'volume path') }) }),
    name: byTag(named),
    target: byTag({ iscsi: child(leaf(filled), { required: missing('iSCSI', 'target') }) }),
  },
  { refine: (value) => (value.type === 'none' ? undefined : value) },
);

const yes = (name: string) => attr(yesNo, { fallback: false, invalid: (_, at) => xmlError(at, `invalid value of '${name}'`, SECRET) });

const fields = {
  ephemeral: yes('ephemeral'),
  private: yes('private'),
  uuid: child(leaf(uuid, { invalid: (_, at) => internal(at, 'malformed uuid element') })),
  description: child(leaf(text)),
  usage: child(usage),
};

export type SecretDef = FieldsValue<typeof fields>;

/** A secret's description: its value is never part of it. */
export const secret = element(fields, {
  refine: (value, _, context) => ({ ...value, ...defined({ uuid: value.uuid ?? context.newUuid?.() }) }),
});
