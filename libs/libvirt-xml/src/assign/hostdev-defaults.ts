import type { HostdevDef } from '../devices/hostdev.js';

/** A mediated device shows nothing unless it is told to. */
export function fillHostdev(device: HostdevDef): HostdevDef {
  return device.type === 'mdev' && device.model === 'vfio-pci' ? { ...device, display: device.display ?? false } : device;
}
