import { attr, child } from '../model/field.js';
import { element } from '../model/element.js';
import { filled, oneOf } from '../model/scalar.js';
import { fault, unsupported, xmlError } from '../model/place.js';
import { uuid } from '../formats/uuid.js';

const STORAGE = 18;

/** A secret, named by its UUID or by what it is for. */
export const secretReference = {
  uuid: attr(uuid, { invalid: (given, at) => fault(at, 'INTERNAL_ERROR', `invalid secret uuid '${given}'`, STORAGE) }),
  usage: attr(filled),
};

const secret = element(
  {
    type: attr(oneOf('volume', 'ceph', 'iscsi', 'tls', 'vtpm'), {
      required: (at) => unsupported(at, 'missing secret type', STORAGE),
      invalid: (given, at) => unsupported(at, `invalid secret type '${given}'`, STORAGE),
    }),
    ...secretReference,
  },
  {
    refine: (value, at) => {
      if (value.uuid === undefined && value.usage === undefined) throw xmlError(at, 'missing auth secret uuid or usage attribute', STORAGE);
      if (value.uuid !== undefined && value.usage !== undefined) throw xmlError(at, 'either auth secret uuid or usage expected', STORAGE);
      return value;
    },
  },
);

/** Who asks for a network source, and by which secret. */
export const storageAuth = element({
  username: attr(filled, { required: (at) => xmlError(at, 'missing username for auth', STORAGE) }),
  secret: child(secret, { required: (at) => xmlError(at, 'missing secret element for auth', STORAGE) }),
});
