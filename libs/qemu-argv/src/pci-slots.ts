/** Which PCI slots hold devices of several functions: guests look for the others only when the first one says so. */
import type { DeviceAddress, Devices } from './domain-parts.js';

export const slotName = (bus: number, slot: number): string => `${bus}:${slot}`;

export function sharedSlots(devices: Devices): ReadonlySet<string> {
  const later = addressesOf(devices).flatMap((address) =>
    address.type === 'pci' && address.function !== 0 ? [slotName(address.bus, address.slot)] : [],
  );
  return new Set(later);
}

function addressesOf(devices: Devices): readonly DeviceAddress[] {
  return Object.values(devices)
    .flat()
    .flatMap((device) => (typeof device === 'object' && 'address' in device && typeof device.address === 'object' ? [device.address] : []));
}
