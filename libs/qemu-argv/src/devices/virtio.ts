/** What virtio devices have in common: the name by transport and generation, and the options of the ring. */
import type { JsonObject } from '../argv/json.js';
import type { DeviceAddress } from '../domain-parts.js';

interface VirtioDriver {
  readonly iommu?: boolean;
  readonly ats?: boolean;
  readonly packed?: boolean;
  readonly pagePerVq?: boolean;
}

interface VirtioDevice {
  readonly model?: string;
  readonly address?: DeviceAddress;
}

/** `virtio-net` becomes `virtio-net-pci`, `virtio-net-pci-transitional`, or `virtio-net-device` on a bus of virtio's own. */
export function virtioName(base: string, { model, address }: VirtioDevice): string {
  if (address?.type === 'virtio-mmio') return `${base}-device`;
  return `${base}-pci${generationOf(model)}`;
}

function generationOf(model: string | undefined): string {
  if (model === 'virtio-transitional') return '-transitional';
  return model === 'virtio-non-transitional' ? '-non-transitional' : '';
}

export const virtioProps = (driver: VirtioDriver | undefined): JsonObject => ({
  iommu_platform: driver?.iommu,
  ats: driver?.ats,
  packed: driver?.packed,
  'page-per-vq': driver?.pagePerVq,
});
