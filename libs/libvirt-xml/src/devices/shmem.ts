import { attr, child } from '../model/field.js';
import { element, sized, type ValueOf } from '../model/element.js';
import { filled, oneOf, onOff, text, uint } from '../model/scalar.js';
import { unsupported, xmlError } from '../model/place.js';
import { deviceInfo } from '../shared/device-info.js';

const msi = element({ vectors: attr(uint(), { blank: [0] }), ioeventfd: attr(onOff), enabled: attr(onOff) });

/** Memory that guests share; size in MiB. */
export const shmem = element(
  {
    name: attr(text, { required: (at) => xmlError(at, 'shared memory must have a name') }),
    role: attr(oneOf('master', 'peer')),
    model: child(element({ type: attr(oneOf('ivshmem', 'ivshmem-plain', 'ivshmem-doorbell'), { fallback: 'ivshmem' }) }), { always: true }),
    size: child(sized({ unit: 'M', defaultUnit: 'bytes' })),
    server: child(element({ path: attr(filled) })),
    msi: child(msi),
    ...deviceInfo,
  },
  {
    refine: (value, at) => {
      if (/[/]/.test(value.name)) throw unsupported(at, "shmem name cannot include '/' character");
      if (['.', '..'].includes(value.name)) throw unsupported(at, `shmem name cannot be equal to '${value.name}'`);
      return value;
    },
  },
);
export type ShmemDef = ValueOf<typeof shmem>;
