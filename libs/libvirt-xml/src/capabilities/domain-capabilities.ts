/** What an emulator can give to guests, as `domcapabilities` tells it. */
import { attr, byTag, child, children, content } from '../model/field.js';
import { element, leaf, tagged, type FieldsValue } from '../model/element.js';
import { filled, oneOf, text, uint, yesNo } from '../model/scalar.js';

const enumeration = element({ name: attr(filled, { required: true }), value: children(leaf(text)) });
export type Enumeration = { readonly name: string; readonly value: readonly string[] };

const supported = attr(yesNo, { required: true });
const enumerations = children(enumeration, { xml: 'enum' });
const kind = child(element({ supported, enumerations }));
const yes = child(element({ supported }));

const loader = element({ supported, value: children(leaf(text)), enumerations });
const os = element({ supported, enumerations, loader: child(loader) });

const hostModel = element({ fallback: attr(oneOf('allow', 'forbid')), value: content(text) });
const customModel = element({
  usable: attr(oneOf('yes', 'no', 'unknown'), { required: true }),
  deprecated: attr(yesNo),
  vendor: attr(text),
  value: content(text),
});
const mode = tagged('name', {
  name: attr(oneOf('host-passthrough', 'maximum', 'host-model', 'custom'), { required: true }),
  supported,
  enumerations: byTag({ 'host-passthrough': enumerations, maximum: enumerations }),
  model: byTag({ 'host-model': child(hostModel) }),
  vendor: byTag({ 'host-model': child(leaf(text)) }),
  feature: byTag({
    'host-model': children(element({ policy: attr(oneOf('require', 'disable')), name: attr(filled, { required: true }) })),
  }),
  models: byTag({ custom: children(customModel, { xml: 'model' }) }),
});

const devices = element({
  disk: kind,
  graphics: kind,
  video: kind,
  hostdev: kind,
  rng: kind,
  filesystem: kind,
  tpm: kind,
  redirdev: kind,
  channel: kind,
});

const features = element({
  gic: kind,
  vmcoreinfo: yes,
  genid: yes,
  backingStoreInput: yes,
  backup: yes,
  sev: yes,
  sgx: yes,
  hyperv: kind,
});

const fields = {
  path: child(leaf(text)),
  domain: child(leaf(oneOf('qemu', 'kvm')), { required: true }),
  machine: child(leaf(text)),
  arch: child(leaf(text), { required: true }),
  vcpu: child(element({ max: attr(uint(), { required: true }) })),
  iothreads: yes,
  os: child(os),
  cpu: child(element({ mode: children(mode) })),
  memoryBacking: kind,
  devices: child(devices),
  features: child(features),
};

export type DomainCapabilities = FieldsValue<typeof fields>;
export const domainCapabilities = element(fields);
