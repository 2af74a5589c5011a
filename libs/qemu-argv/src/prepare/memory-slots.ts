import type { Devices, Memory } from '../domain-parts.js';

/** Modules that sit in slots, and name none, take the first that is free. */
export function withSlots(devices: Devices): Devices['memory'] {
  const taken = new Set(devices.memory.flatMap(({ address }) => (address?.type === 'dimm' ? [address.slot] : [])));
  return devices.memory.map((module) => {
    if (module.address || !sitsInSlot(module)) return module;
    let slot = 0;
    while (taken.has(slot)) slot += 1;
    taken.add(slot);
    return { ...module, address: { type: 'dimm', slot } };
  });
}

const sitsInSlot = ({ model }: Memory): boolean => model === 'dimm' || model === 'nvdimm';
