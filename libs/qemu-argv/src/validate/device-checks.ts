import type { DomainDef } from '@virtbus/libvirt-xml';
import type { Filesystem, Hostdev, Input, NetInterface, Shmem, Sound, Tpm } from '../domain-parts.js';
import { contradiction, firstRepeated, type DeviceCheck, type DomainCheck } from './finding.js';
import { hasSharedMemory } from './memory-checks.js';

const virtiofs: DeviceCheck<Filesystem> = (one, domain) => {
  if (one.driver?.type !== 'virtiofs') return undefined;
  if (one.accessmode !== undefined && one.accessmode !== 'passthrough')
    return { says: 'virtiofs passes owners and modes through', at: '/@accessmode' };
  if (one.multidevs !== undefined) return { says: 'multidevs is a setting of 9p', at: '/@multidevs' };
  return hasSharedMemory(domain) ? undefined : 'virtiofs needs memory that is shared';
};

const fileModes: DeviceCheck<Filesystem> = (one) =>
  (one.fmode !== undefined || one.dmode !== undefined) && one.accessmode !== 'mapped'
    ? { says: 'modes of new files are set only where access is mapped', at: '/@accessmode' }
    : undefined;

const plan9Driver: DeviceCheck<Filesystem> = (one) => {
  const type = one.driver?.type;
  const known = type === undefined || type === 'path' || type === 'handle' || type === 'virtiofs' || type === 'mtp' || type === 'default';
  return known ? undefined : { says: `QEMU has no driver '${type}' for file systems`, code: 'INTERNAL_ERROR', at: '/driver/@type' };
};

export const filesystemChecks: readonly DeviceCheck<Filesystem>[] = [virtiofs, fileModes, plan9Driver];

const inputModel: DeviceCheck<Input> = ({ model, bus }) =>
  model !== undefined && bus !== 'virtio' ? { says: `model '${model}' is one of virtio input devices`, at: '/@model' } : undefined;

const ps2Kinds: DeviceCheck<Input> = ({ type, bus }) =>
  bus === 'ps2' && type !== 'mouse' && type !== 'keyboard'
    ? { says: `there is no ${type} on bus ps2`, code: 'INTERNAL_ERROR', at: '/@bus' }
    : undefined;

export const inputChecks: readonly DeviceCheck<Input>[] = [inputModel, ps2Kinds];

const knownAudio: DeviceCheck<Sound> = ({ audio }, { devices }) =>
  audio && !devices.audio.some(({ id }) => id === audio.id) ? contradiction(`there is no audio ${audio.id}`, '/audio') : undefined;

export const soundChecks: readonly DeviceCheck<Sound>[] = [knownAudio];

const tpmVersion: DeviceCheck<Tpm> = ({ model, backend }) =>
  backend.type === 'emulator' && backend.version === '1.2' && model === 'tpm-crb'
    ? { says: 'a TPM of model tpm-crb has version 2.0', at: '/backend/@version' }
    : undefined;

export const tpmChecks: readonly DeviceCheck<Tpm>[] = [tpmVersion];

const shmemSize: DeviceCheck<Shmem> = ({ size }) =>
  size !== undefined && !Number.isInteger(Math.log2(size))
    ? contradiction('the size of shared memory is a power of two', '/size')
    : undefined;

const shmemServer: DeviceCheck<Shmem> = ({ model, server, msi }) => {
  if (msi && !server) return contradiction('only a server sends interrupts', '/msi');
  if (model.type === 'ivshmem-plain' && server) return { says: 'model ivshmem-plain has no server', at: '/server' };
  return model.type === 'ivshmem-doorbell' && !server ? { says: 'model ivshmem-doorbell needs a server', at: '/model' } : undefined;
};

export const shmemChecks: readonly DeviceCheck<Shmem>[] = [shmemSize, shmemServer];

const WWPN = /^naa\.[0-9a-f]{16}$/i;

const worldWidePort: DeviceCheck<Hostdev> = (one) =>
  one.type === 'scsi_host' && one.source && !WWPN.test(one.source.wwpn)
    ? contradiction(`'${one.source.wwpn}' is no world wide port name`, '/source/@wwpn')
    : undefined;

const mediatedDisplay: DeviceCheck<Hostdev> = (one, { devices }) =>
  one.type === 'mdev' && one.display && devices.graphics.length === 0
    ? { says: 'a display needs graphics to be seen', at: '/@display' }
    : undefined;

export const hostdevChecks: readonly DeviceCheck<Hostdev>[] = [worldWidePort, mediatedDisplay];

const externalScript: DeviceCheck<NetInterface> = ({ script, downscript, type }) =>
  (script ?? downscript) && type !== 'ethernet' ? { says: `no script is run for interfaces of type '${type}'`, at: '/script' } : undefined;

export const interfaceChecks: readonly DeviceCheck<NetInterface>[] = [externalScript];

const hasNoUsb = ({ devices }: DomainDef): boolean => devices.controller.some((one) => one.type === 'usb' && one.model === 'none');

const usbBus: DomainCheck = (domain) => {
  if (!hasNoUsb(domain)) return undefined;
  const { devices } = domain;
  const onUsb =
    devices.hub.length > 0 ||
    devices.redirdev.length > 0 ||
    devices.input.some(({ bus }) => bus === 'usb') ||
    devices.disk.some(({ target }) => target.bus === 'usb') ||
    devices.sound.some(({ model }) => model === 'usb') ||
    devices.hostdev.some(({ type }) => type === 'usb');
  return onUsb ? { says: 'the guest has no USB, but devices on it', at: '/devices' } : undefined;
};

const oneTpm: DomainCheck = ({ devices }) => (devices.tpm.length > 1 ? { says: 'a guest has one TPM', at: '/devices/tpm[2]' } : undefined);

const distinctPanics: DomainCheck = ({ devices }) => {
  const repeated = firstRepeated(devices.panic.map(({ model }) => model ?? 'isa'));
  return repeated === undefined ? undefined : contradiction(`there are two panic devices of model '${repeated}'`, '/devices/panic');
};

const panicAddress: DomainCheck = ({ devices }) =>
  devices.panic.some(({ model, address }) => model === 'hyperv' && address)
    ? { says: 'a panic device of model hyperv has no address', at: '/devices/panic' }
    : undefined;

const watchdogAddress: DomainCheck = ({ devices }) =>
  devices.watchdog?.model === 'ib700' && devices.watchdog.address
    ? { says: 'a watchdog of model ib700 has no address', at: '/devices/watchdog/address' }
    : undefined;

const virtioIommu: DomainCheck = ({ devices, features }) => {
  const { iommu } = devices;
  if (iommu?.model !== 'virtio') return undefined;
  if (iommu.driver) return contradiction('an iommu of model virtio has no settings', IOMMU);
  return features?.acpi ? undefined : { says: 'an iommu of model virtio needs ACPI', at: IOMMU };
};

const IOMMU = '/devices/iommu';

const intelIommu: DomainCheck = ({ devices, features }) => {
  const { iommu } = devices;
  if (iommu?.model !== 'intel' || !iommu.driver) return undefined;
  const { intremap, eim } = iommu.driver;
  if (intremap && features?.ioapic?.driver !== 'qemu')
    return { says: "remapping of interrupts needs an I/O APIC with driver 'qemu'", at: IOMMU };
  return eim && !intremap ? { says: 'extended interrupts need their remapping', at: IOMMU } : undefined;
};

const noNvram: DomainCheck = ({ devices }) =>
  devices.nvram ? { says: 'an nvram device does not exist on x86', at: '/devices/nvram' } : undefined;

export const deviceSetChecks: readonly DomainCheck[] = [
  usbBus,
  oneTpm,
  distinctPanics,
  panicAddress,
  watchdogAddress,
  virtioIommu,
  intelIommu,
  noNvram,
];
