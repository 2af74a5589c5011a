import { attr, child } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { oneOf, uint, yesNo } from '../model/scalar.js';
import { deviceInfo, virtioDriver } from '../shared/device-info.js';

const cid = child(element({ auto: attr(yesNo), address: attr(uint({ min: 3 })) }), { doc: 'Address of the guest on the host.' });

/** Sockets between guest and host. */
export const vsock = element({
  model: attr(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional'), { fallback: 'virtio' }),
  cid,
  ...deviceInfo,
  driver: virtioDriver,
});
export type VsockDef = ValueOf<typeof vsock>;
