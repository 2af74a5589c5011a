import { attr, byTag, child } from '../model/field.js';
import { element, leaf, tagged, type FieldsValue, type TaggedValue } from '../model/element.js';
import { filled, hex, oneOf, uint, yesNo } from '../model/scalar.js';
import { forbid, type Ban } from '../model/ban.js';
import { xmlError, type Place } from '../model/place.js';

const labelFields = {
  type: attr(oneOf('none', 'dynamic', 'static'), {
    fallback: 'dynamic',
    invalid: (given, at) => xmlError(at, `Invalid value for attribute 'type' in element 'seclabel': '${given}'.`, 5),
  }),
  model: attr(filled),
  relabel: attr(yesNo),
  label: child(leaf(filled)),
  imagelabel: child(leaf(filled), { live: true }),
  baselabel: child(leaf(filled)),
};

type Label = FieldsValue<typeof labelFields>;

/** Under which label the emulator runs. */
export const seclabel = element(labelFields, {
  refine: (value, at) => {
    forbid(bans, value, at);
    return tidyLabel(value);
  },
});

const bans: readonly Ban<Label, Place>[] = [
  { code: 'XML_ERROR', when: ({ type, label }) => type === 'static' && label === undefined, words: 'security label is missing' },
  {
    when: ({ type, relabel }) => type === 'none' && relabel === true,
    words: "resource relabeling is not compatible with 'none' label type",
  },
  {
    code: 'XML_ERROR',
    when: ({ type, model }) => type !== 'none' && model === undefined,
    words: 'missing security model in domain seclabel',
  },
];

/** A label that is made up has a base; only one that is given says by itself whether to relabel. */
function tidyLabel({ relabel, baselabel, ...rest }: Label): Label {
  if (rest.type === 'none') return rest;
  const dynamic = rest.type === 'dynamic';
  return { ...rest, relabel: relabel ?? dynamic, ...(dynamic && baselabel !== undefined ? { baselabel } : {}) };
}

const sev = {
  type: attr(oneOf('sev', 's390-pv'), {
    required: true,
    invalid: (given, at) => xmlError(at, `Invalid value for attribute 'type' in element 'launchSecurity': '${given}'.`, 5),
  }),
  kernelHashes: byTag({ sev: attr(yesNo) }),
  cbitpos: byTag({ sev: child(leaf(uint())) }),
  reducedPhysBits: byTag({ sev: child(leaf(uint())) }),
  policy: byTag({
    sev: child(leaf(hex(4)), { required: (at) => xmlError(at, 'failed to get launch security policy for launch security type SEV') }),
  }),
  dhCert: byTag({ sev: child(leaf(filled)) }),
  session: byTag({ sev: child(leaf(filled)) }),
};

/** Memory that the host cannot read. */
export const launchSecurity = tagged('type', sev);
export type LaunchSecurityDef = TaggedValue<typeof sev, 'type'>;

const cipher = element({ name: attr(oneOf('aes', 'dea'), { required: true }), state: attr(oneOf('on', 'off'), { required: true }) });
export const keywrap = element({ cipher: child(cipher) });
