/** One-line defaults of the smaller devices. */
import type { DevicesDef } from '../devices/devices.js';
import type { FilesystemDef } from '../devices/filesystem.js';
import type { InputDef } from '../devices/input.js';
import type { SmartcardDef } from '../devices/smartcard.js';

/** A PS/2 mouse and keyboard are part of every PC; a balloon is added unless it is forbidden. */
export function addImplicitDevices(devices: DevicesDef): DevicesDef {
  const has = (type: InputDef['type']) => devices.input.some((one) => one.type === type && (one.bus === 'ps2' || one.bus === undefined));
  const implicit: InputDef[] = [];
  if (!has('mouse')) implicit.push({ type: 'mouse', bus: 'ps2' });
  if (!has('keyboard')) implicit.push({ type: 'keyboard', bus: 'ps2' });
  return { ...devices, input: [...devices.input, ...implicit], memballoon: devices.memballoon ?? { model: 'virtio' } };
}

export function fillSmallDevices(devices: DevicesDef): DevicesDef {
  return {
    ...devices,
    input: devices.input.map(fillInput),
    filesystem: devices.filesystem.map(fillFilesystem),
    smartcard: placeSmartcards(devices.smartcard),
    tpm: devices.tpm.map(fillTpm),
    panic: devices.panic.map(fillPanic),
    shmem: devices.shmem.map(fillShmem),
    memory: devices.memory.map(fillMemoryDevice),
  };
}

/** What persists in a file of the host is shared with it. */
const fillMemoryDevice = (device: DevicesDef['memory'][number]): DevicesDef['memory'][number] =>
  device.model === 'virtio-pmem' ? { ...device, access: device.access ?? 'shared' } : device;

function fillInput(device: InputDef): InputDef {
  if (device.bus !== undefined || device.type === 'evdev') return device;
  if (device.type === 'passthrough') return { ...device, bus: 'virtio' };
  return { ...device, bus: device.type === 'tablet' ? 'usb' : 'ps2' };
}

/** Files have the owners that the guest gives them, which virtiofsd always does. */
function fillFilesystem(device: FilesystemDef): FilesystemDef {
  return device.driver?.type === 'virtiofs' ? device : { ...device, accessmode: device.accessmode ?? 'passthrough' };
}

type Tpm = DevicesDef['tpm'][number];

/** Old drivers expect an old TPM; the newer model never was one. */
function fillTpm(device: Tpm): Tpm {
  const model = device.model ?? 'tpm-tis';
  const { backend } = device;
  if (backend.type !== 'emulator' || backend.version !== undefined) return { ...device, model };
  return { ...device, model, backend: { ...backend, version: model === 'tpm-tis' ? '1.2' : '2.0' } };
}

type Panic = DevicesDef['panic'][number];
type Shmem = DevicesDef['shmem'][number];

function fillPanic(device: Panic): Panic {
  return { ...device, model: device.model ?? 'isa' };
}

const SHMEM_MIB = 4;

/** A doorbell rings through interrupts; memory without a server has a size. */
function fillShmem(device: Shmem): Shmem {
  const { type } = device.model;
  if (type === 'ivshmem-doorbell') return { ...device, msi: { ioeventfd: true, ...device.msi } };
  return device.size === undefined && device.server === undefined ? { ...device, size: SHMEM_MIB } : device;
}

/** Smart cards share the first reader, a slot each. */
function placeSmartcards(cards: readonly SmartcardDef[]): readonly SmartcardDef[] {
  const placed: SmartcardDef[] = [];
  for (const [index, card] of cards.entries()) {
    const all = [...placed, ...cards.slice(index + 1)];
    const slots = all.flatMap(({ address }) => (address?.type === 'ccid' && address.controller === 0 ? [address.slot] : []));
    placed.push(card.address ? card : { ...card, address: { type: 'ccid', controller: 0, slot: Math.max(-1, ...slots) + 1 } });
  }
  return placed;
}
