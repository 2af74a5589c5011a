import type { DevicesDef } from '../devices/devices.js';
import type { DeviceAddress } from '../shared/device-address.js';

/** Gives DIMMs without a slot the lowest free one. */
export function assignMemorySlots(devices: DevicesDef): DevicesDef {
  const used = new Set(devices.memory.flatMap(({ address }) => (address?.type === 'dimm' ? [address.slot] : [])));
  const memory = devices.memory.map((device) => {
    if (device.address !== undefined || (device.model !== 'dimm' && device.model !== 'nvdimm')) return device;
    let slot = 0;
    while (used.has(slot)) slot += 1;
    used.add(slot);
    const address: DeviceAddress = { type: 'dimm', slot };
    return { ...device, address };
  });
  return { ...devices, memory };
}
