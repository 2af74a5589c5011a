/** Devices with places, whatever their kind. Devices are told apart by identity, so every pass hands on the same objects. */
import type { DevicesDef } from '../devices/devices.js';
import type { DeviceAddress } from '../shared/device-address.js';

export type Places = ReadonlyMap<object, DeviceAddress>;

interface Placeable {
  readonly address?: DeviceAddress;
}

/** The devices with their new places. */
export function withAddresses(devices: DevicesDef, places: Places): DevicesDef {
  const move = <T extends Placeable>(list: readonly T[]): readonly T[] => list.map((device) => moveOne(device, places));
  return {
    ...devices,
    disk: move(devices.disk),
    controller: move(devices.controller),
    filesystem: move(devices.filesystem),
    interface: move(devices.interface),
    smartcard: move(devices.smartcard),
    serial: move(devices.serial),
    parallel: move(devices.parallel),
    console: move(devices.console),
    channel: move(devices.channel),
    input: move(devices.input),
    tpm: move(devices.tpm),
    sound: move(devices.sound),
    video: move(devices.video),
    hostdev: move(devices.hostdev),
    redirdev: move(devices.redirdev),
    hub: move(devices.hub),
    rng: move(devices.rng),
    panic: move(devices.panic),
    shmem: move(devices.shmem),
    memory: move(devices.memory),
    ...(devices.watchdog ? { watchdog: moveOne(devices.watchdog, places) } : {}),
    ...(devices.memballoon ? { memballoon: moveOne(devices.memballoon, places) } : {}),
    ...(devices.nvram ? { nvram: moveOne(devices.nvram, places) } : {}),
    ...(devices.iommu ? { iommu: moveOne(devices.iommu, places) } : {}),
    ...(devices.vsock ? { vsock: moveOne(devices.vsock, places) } : {}),
  };
}

function moveOne<T extends Placeable>(device: T, places: Places): T {
  const address = places.get(device);
  return address ? { ...device, address } : device;
}
