import { attr, byTag, child } from '../model/field.js';
import { element, flag, leaf, sized, tagged, type TaggedValue } from '../model/element.js';
import { filled, oneOf, uint, yesNo } from '../model/scalar.js';
import { unsupported, xmlError, type Place } from '../model/place.js';
import { cpuset } from '../formats/cpuset.js';
import { uuid } from '../formats/uuid.js';
import { deviceInfo } from '../shared/device-info.js';

const kib = { unit: 'KiB' } as const;
const pages = { nodemask: child(leaf(cpuset)), pagesize: child(sized({ ...kib, blank: [0] })) };
const path = child(leaf(filled), { required: (at: Place) => xmlError(at, 'path is required for model') });

const source = byTag({
  dimm: child(element(pages, { emptyIsAbsent: true })),
  'virtio-mem': child(element(pages, { emptyIsAbsent: true })),
  nvdimm: child(element({ path, alignsize: child(sized(kib)), pmem: child(flag) }), {
    required: (at) => xmlError(at, 'path is required for model'),
  }),
  'virtio-pmem': child(element({ path }), { required: (at) => xmlError(at, 'path is required for model') }),
  'sgx-epc': child(element({ nodemask: child(leaf(cpuset)) }, { emptyIsAbsent: true })),
});

const size = child(sized(kib), { required: (at: Place) => xmlError(at, 'missing or invalid size of a memory device') });
const node = child(leaf(uint()), { doc: 'NUMA cell of the guest that gets the memory.' });

const label = child(element({ size: child(sized(kib), { required: true }) }), { doc: 'Where an NVDIMM keeps its namespaces.' });

const needed = (at: Place) => xmlError(at, 'missing <target> element for <memory> device');

const target = byTag({
  dimm: child(element({ size, node }), { required: needed }),
  nvdimm: child(element({ size, node, label, readonly: child(flag) }), { required: needed }),
  'virtio-pmem': child(
    element(
      { size },
      {
        refine: (value, at) => {
          if (at.element.named.has('node')) throw unsupported(at, 'virtio-pmem does not support NUMA nodes');
          return value;
        },
      },
    ),
    { required: needed },
  ),
  'virtio-mem': child(
    element({
      size,
      node,
      block: child(sized(kib), { required: (at) => xmlError(at, 'missing block of a virtio-mem device') }),
      requested: child(sized(kib), { fallback: 0 }),
      current: child(sized(kib), { live: true }),
    }),
    { required: needed },
  ),
  'sgx-epc': child(element({ size, node }), { required: needed }),
});

const fields = {
  model: attr(oneOf('dimm', 'nvdimm', 'virtio-pmem', 'virtio-mem', 'sgx-epc'), { required: true }),
  access: attr(oneOf('shared', 'private')),
  discard: attr(yesNo),
  uuid: child(leaf(uuid)),
  source,
  target,
  ...deviceInfo,
};

export type MemoryDef = TaggedValue<typeof fields, 'model'>;
/** Memory that is added beside the domain's own. */
export const memory = tagged('model', fields);
