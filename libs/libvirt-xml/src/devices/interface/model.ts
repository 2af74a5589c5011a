import { attr, child } from '../../model/field.js';
import { element } from '../../model/element.js';
import type { Scalar } from '../../model/scalar.js';
import { fault } from '../../model/place.js';

/** Models whose spelling libvirt knows; others are QEMU's device names, taken as they are. */
const known = [
  'netfront',
  'rtl8139',
  'virtio',
  'e1000',
  'e1000e',
  'virtio-transitional',
  'virtio-non-transitional',
  'usb-net',
  'spapr-vlan',
  'lan9118',
  'scm91c111',
  'vlance',
  'vmxnet',
  'vmxnet2',
  'vmxnet3',
  'Am79C970A',
  'Am79C973',
  '82540EM',
  '82545EM',
  '82543GC',
];

/** Whether libvirt has a name for the model: of others it believes that they are PCI Express cards. */
export const isKnownModel = (model: string): boolean => known.includes(model);

const modelName: Scalar<string> = {
  label: 'a QEMU network device',
  read: (given) => known.find((name) => name.toLowerCase() === given.toLowerCase()) ?? (/^[A-Za-z0-9_-]*$/.test(given) ? given : undefined),
  write: (value) => value,
};

/** The network card that the guest sees. */
export const interfaceModel = child(
  element(
    {
      type: attr(modelName, {
        blank: [''],
        invalid: (_, at) => fault(at, 'INVALID_ARG', 'Model name contains invalid characters'),
      }),
    },
    { emptyIsAbsent: true },
  ),
);

/** Whether a model takes virtio's tuning. */
export const isVirtioModel = (model: string | undefined): boolean =>
  model === 'virtio' || model === 'virtio-transitional' || model === 'virtio-non-transitional';
