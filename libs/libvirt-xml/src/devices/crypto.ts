import { attr, child } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { oneOf, uint } from '../model/scalar.js';
import { deviceInfo, virtioDriver } from '../shared/device-info.js';

const backend = element({ model: attr(oneOf('builtin', 'lkcf'), { required: true }), queues: attr(uint(), { blank: [0] }) });

/** A cryptographic accelerator. */
export const crypto = element({
  model: attr(oneOf('virtio'), { required: true }),
  type: attr(oneOf('qemu'), { required: true }),
  backend: child(backend, { required: true }),
  ...deviceInfo,
  driver: virtioDriver,
});
export type CryptoDef = ValueOf<typeof crypto>;
