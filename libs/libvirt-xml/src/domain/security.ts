import { attr, byTag, child } from '../model/field.js';
import { element, leaf, tagged, type TaggedValue } from '../model/element.js';
import { filled, hex, oneOf, uint, yesNo } from '../model/scalar.js';
import { unsupported, xmlError } from '../model/place.js';

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

/** Under which label the emulator runs. */
export const seclabel = element(labelFields, {
  refine: (value, at) => {
    if (value.type === 'static' && value.label === undefined) throw xmlError(at, 'security label is missing');
    if (value.type === 'none' && value.relabel) throw unsupported(at, `resource relabeling is not compatible with 'none' label type`);
    if (value.model === undefined && value.type !== 'none') throw xmlError(at, 'missing security model in domain seclabel');
    const { relabel = value.type === 'dynamic', baselabel, ...rest } = value;
    if (value.type === 'none') return rest;
    return value.type === 'dynamic' && baselabel !== undefined ? { ...rest, relabel, baselabel } : { ...rest, relabel };
  },
});

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
