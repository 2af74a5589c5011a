import { attr, child } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { oneOf, uint, yesNo } from '../model/scalar.js';
import { unsupported } from '../model/place.js';
import { deviceInfo, virtioDriver } from '../shared/device-info.js';

const CID_MIN = 3;

const cid = child(
  element(
    { auto: attr(yesNo, { fallback: false }), address: attr(uint()) },
    {
      refine: (value, at) => {
        if (value.address !== undefined && value.address < CID_MIN) throw unsupported(at, `guest CIDs must be >= ${CID_MIN}`);
        return value;
      },
    },
  ),
  { doc: 'Address of the guest on the host.', fallback: { auto: true } },
);

/** Sockets between guest and host. */
export const vsock = element({
  model: attr(oneOf('virtio', 'virtio-transitional', 'virtio-non-transitional'), { fallback: 'virtio' }),
  cid,
  ...deviceInfo,
  driver: virtioDriver,
});
export type VsockDef = ValueOf<typeof vsock>;
