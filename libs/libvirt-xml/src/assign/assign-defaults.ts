/**
 * Fills in what a definition leaves open, as libvirt does when a domain is defined: models, implied devices, and the place
 * of every device. Pure passes, each a function of the definition before it.
 */
import type { DomainDef } from '../domain/domain.js';
import { fillAudio } from './audio-defaults.js';
import { deviceTest, type EmulatorCapabilities } from './capabilities.js';
import { dropMadePaths } from './channel-defaults.js';
import { fillCharacterDevices } from './character-defaults.js';
import { fillController } from './controller-defaults.js';
import { numberControllers } from './controllers.js';
import { fillDisk, shareLimits } from './disk-defaults.js';
import { placeScsiHostdevs } from './drives.js';
import { fillBoot, fillCpu, fillMachine, fillMemory, fillNuma } from './general-defaults.js';
import { addDeviceControllers, addMachineControllers, addScsiControllers } from './implicit-controllers.js';
import { fillHostdev } from './hostdev-defaults.js';
import { fillInterface } from './interface-defaults.js';
import { fillFirmware, fillSeclabels } from './os-defaults.js';
import { assignMemorySlots } from './memory-slots.js';
import { assignPci } from './pci/assign-pci.js';
import { addImplicitDevices, fillSmallDevices } from './small-defaults.js';
import { assignUsb } from './usb.js';
import { fillVideos } from './video-defaults.js';
import { assignVirtioSerial } from './virtio-serial.js';

type Pass = (def: DomainDef) => DomainDef;

export interface AssignOptions {
  /** Whether the domain is being defined, not read back: NUMA cells then decide about memory, and USB devices get ports. True unless given. */
  readonly define?: boolean;
  /** Where the variables of UEFI guests are kept. */
  readonly nvramDirectory?: string;
  /** Where the sockets of channels are made; paths in it are the host's to choose. */
  readonly channelDirectory?: string;
  /** The host's security model, `none` unless given. */
  readonly securityModel?: string;
}

/** What every hypervisor's definitions have, whatever runs them: boot order, memory and NUMA. @throws LibvirtError without any memory */
export const assignPlainDefaults = (def: DomainDef): DomainDef => fillMemory(fillNuma(fillBoot(def)), true);

/**
 * The definition with everything in it that libvirt would have put there.
 * @param capabilities of the emulator; without them only what every emulator shares is filled in.
 * @throws LibvirtError when an address is taken twice, does not suit its device, or when there is no place left.
 */
export function assignDefaults(def: DomainDef, capabilities?: EmulatorCapabilities, options: AssignOptions = {}): DomainDef {
  const has = deviceTest(capabilities);
  const known = capabilities !== undefined;
  const onDevices =
    (fill: (devices: DomainDef['devices']) => DomainDef['devices']): Pass =>
    (given) => ({ ...given, devices: fill(given.devices) });
  const passes: Pass[] = [
    (given) => fillMachine(given, capabilities),
    onDevices((devices) => ({ ...devices, controller: numberControllers(devices.controller) })),
    onDevices(addScsiControllers),
    (given) => addMachineControllers(given, has),
    onDevices(addImplicitDevices),
    onDevices(fillAudio),
    (given) => fillCpu(given, capabilities),
    onDevices((devices) => fillVideos(devices, has, known)),
    onDevices((devices) => ({ ...devices, disk: shareLimits(devices.disk.map(fillDisk)) })),
    onDevices((devices) => ({ ...devices, interface: devices.interface.map((device) => fillInterface(device, has, known)) })),
    onDevices(placeScsiHostdevs),
    onDevices((devices) => (known ? { ...devices, hostdev: devices.hostdev.map(fillHostdev) } : devices)),
    onDevices((devices) => dropMadePaths(devices, options.channelDirectory ?? '/var/lib/libvirt/qemu/channel')),
    onDevices(fillCharacterDevices),
    onDevices(fillSmallDevices),
    fillBoot,
    fillNuma,
    (given) => fillMemory(given, options.define ?? true),
    (given) => fillFirmware(given, options.nvramDirectory ?? '/var/lib/libvirt/qemu/nvram'),
    (given) => fillSeclabels(given, options.securityModel ?? 'none'),
    onDevices(addDeviceControllers),
    onDevices((devices) => ({ ...devices, controller: devices.controller.map((device) => fillController(device, has, known)) })),
    assignVirtioSerial,
    (given) => assignPci(given, capabilities),
    (given) => assignUsb(given, options.define ?? true),
    onDevices(assignMemorySlots),
  ];
  return passes.reduce((filled, pass) => pass(filled), def);
}
