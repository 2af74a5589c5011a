import { attr, child, children } from '../model/field.js';
import { element } from '../model/element.js';
import { filled, oneOf, uint } from '../model/scalar.js';
import { unsupported, xmlError } from '../model/place.js';
import { secretReference } from './storage-auth.js';

const STORAGE = 18;

const secret = element(
  {
    type: attr(oneOf('passphrase'), { required: (at) => xmlError(at, 'unknown volume encryption secret type (none)', STORAGE) }),
    ...secretReference,
  },
  {
    refine: (value, at) => {
      if (value.uuid === undefined && value.usage === undefined) throw xmlError(at, 'missing volume encryption uuid', STORAGE);
      return value;
    },
  },
);

const cipher = element({
  name: attr(filled, { required: (at) => xmlError(at, "cipher info missing 'name' attribute", STORAGE) }),
  size: attr(uint(), { required: (at) => xmlError(at, "cipher info missing 'size' attribute", STORAGE) }),
  mode: attr(filled),
  hash: attr(filled),
});

const ivgen = element({ name: attr(filled, { required: true }), hash: attr(filled) });

/** Encryption of an image, as a volume has it. */
export const encryptionFields = {
  format: attr(oneOf('default', 'qcow', 'luks', 'luks2'), {
    required: (at) => xmlError(at, 'unknown volume encryption format (none)', STORAGE),
    invalid: (given, at) => unsupported(at, `unknown volume encryption format type ${given}`, STORAGE),
  }),
  engine: attr(oneOf('qemu', 'librbd')),
  secret: children(secret),
  cipher: child(cipher),
  ivgen: child(ivgen),
};

/** Encryption of an image that a domain uses. */
export const encryption = element(encryptionFields, {
  refine: (value, at) => {
    const { format, engine } = value;
    if (engine === 'librbd' && (format === 'qcow' || format === 'default')) {
      throw unsupported(at, `librbd encryption engine only supports luks/luks2 formats, not ${format}`, STORAGE);
    }
    return { ...value, engine: engine ?? 'qemu' };
  },
});
