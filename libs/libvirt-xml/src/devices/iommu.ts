import { attr, child } from '../model/field.js';
import { element, type ValueOf } from '../model/element.js';
import { oneOf, onOff, uint } from '../model/scalar.js';
import { deviceInfo } from '../shared/device-info.js';

const driver = child(
  element(
    {
      intremap: attr(onOff),
      cachingMode: attr(onOff, { xml: 'caching_mode' }),
      eim: attr(onOff),
      iotlb: attr(onOff),
      awBits: attr(uint(), { xml: 'aw_bits', blank: [0] }),
    },
    { emptyIsAbsent: true },
  ),
);

export const iommu = element({ model: attr(oneOf('intel', 'smmuv3', 'virtio'), { required: true }), driver, ...deviceInfo });
export type IommuDef = ValueOf<typeof iommu>;
