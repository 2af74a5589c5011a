/** What each chipset has in fixed places, and which devices belong there. */
import { LibvirtError } from '../../errors/libvirt-error.js';
import type { ControllerDef } from '../../devices/controller.js';
import type { DomainDef } from '../../domain/domain.js';
import { isWanted, type DeviceAddress, type PciAddress } from '../../shared/device-address.js';
import { isI440fx, isQ35 } from '../machine.js';
import type { PciBuses } from './buses.js';
import { Connect } from './connect.js';
import { videoNeeds, type Sorts } from './slotted.js';

type PciPlace = Extract<DeviceAddress, { readonly type: 'pci' }>;
export type PciPlaces = Map<object, PciPlace>;

interface Chipset {
  readonly def: DomainDef;
  readonly buses: PciBuses;
  readonly sorts: Sorts;
  readonly places: PciPlaces;
}

const at = (slot: number, fn: number): PciAddress => ({ domain: 0, bus: 0, slot, function: fn });

/** Whether a device is to be given a place on a PCI bus. */
export function wantsPlace({ address }: { readonly address?: DeviceAddress }, places: PciPlaces, device: object): boolean {
  if (places.has(device)) return false;
  return address === undefined || (address.type === 'pci' && isWanted(address));
}

/** The place that a device has: its own or one given to it just now. */
export function placeOf(device: { readonly address?: DeviceAddress }, places: PciPlaces): PciPlace | undefined {
  const given = places.get(device);
  if (given) return given;
  return device.address?.type === 'pci' && !isWanted(device.address) ? device.address : undefined;
}

export function give(places: PciPlaces, device: { readonly address?: DeviceAddress }, address: PciAddress, multifunction?: boolean): void {
  const own = device.address?.type === 'pci' ? device.address.multifunction : undefined;
  const multi = multifunction ?? own;
  places.set(device, { type: 'pci', ...address, ...(multi === undefined ? {} : { multifunction: multi }) });
}

/**
 * Takes the places of the chipset's own parts.
 * @throws LibvirtError XML_ERROR when a part of the chipset is said to be elsewhere.
 */
export function placeChipset(chipset: Chipset): void {
  if (isI440fx(chipset.def)) placePiix3(chipset);
  if (isQ35(chipset.def)) placeIch9(chipset);
}

const PIIX3_SLOT = 1;

/** Slot 1 holds the ISA bridge (function 0), IDE (1), USB (2) and power management (3). */
function placePiix3(chipset: Chipset): void {
  const { def, buses, places } = chipset;
  for (const [index, controller] of def.devices.controller.entries()) {
    const fn = piix3Function(controller);
    if (fn !== undefined) fixController(controller, { fn, index, places });
  }
  buses.block(PIIX3_SLOT);
  placePrimaryVideo(chipset, 2);
}

/** Parts of the PIIX3 that a controller can be: by its own number, never by its place. */
export function piix3Function(controller: ControllerDef): number | undefined {
  if (controller.index !== 0) return undefined;
  if (controller.type === 'ide') return 1;
  if (controller.type === 'usb' && (controller.model === undefined || controller.model === 'piix3-uhci')) return 2;
  return undefined;
}

interface Fix {
  readonly fn: number;
  readonly index: number;
  readonly places: PciPlaces;
}

function fixController(controller: ControllerDef, { fn, index, places }: Fix): void {
  const place = placeOf(controller, places);
  if (!place) return give(places, controller, at(PIIX3_SLOT, fn));
  if (place.bus === 0 && place.slot === PIIX3_SLOT && place.function === fn) return;
  const what = fn === 1 ? 'Primary IDE controller' : 'PIIX3 USB controller at index 0';
  throw new LibvirtError('INTERNAL_ERROR', `${what} must have PCI address 0:0:1.${fn}`, {
    path: `/domain/devices/controller[${index + 1}]/address`,
  });
}

/** QEMU puts the first graphics card into the first free slot after the chipset's own. */
function placePrimaryVideo({ def, buses, places, sorts }: Chipset, slot: number): void {
  const [video] = def.devices.video;
  if (!video || video.model.type === 'none' || video.model.type === 'ramfb' || !wantsPlace(video, places, video)) return;
  if (buses.slotInUse(0, slot)) return give(places, video, buses.next(videoNeeds(video.model.type, sorts), '/domain/devices/video[1]'));
  buses.reserve(at(slot, 0), Connect.pciDevice | Connect.pcieDevice, '/domain/devices/video[1]');
  give(places, video, at(slot, 0));
}

const LPC_SLOT = 0x1f;
const SATA_FUNCTION = 2;

/** Slot 31 holds the ISA bridge (function 0), SATA (2) and SMBus (3). Bridges, USB 2 and sound go where real boards have them. */
function placeIch9(chipset: Chipset): void {
  const { def, buses } = chipset;
  for (const [index, controller] of def.devices.controller.entries()) {
    const path = `/domain/devices/controller[${index + 1}]/address`;
    if (controller.type === 'sata' && controller.index === 0) placeSata(chipset, controller, path);
    if (controller.type === 'usb' && controller.model === 'ich9-uhci1') placeUhci(chipset, controller, path);
    if (controller.type === 'pci' && controller.model === 'dmi-to-pci-bridge') tryPlace(chipset, controller, { slot: 0x1e, path });
  }
  buses.block(LPC_SLOT, (1 << 0) | (1 << 3));
  placePrimaryVideo(chipset, 1);
  const [sound] = def.devices.sound.filter((card) => card.model === 'ich9');
  if (sound) tryPlace(chipset, sound, { slot: 0x1b, path: '/domain/devices/sound' });
}

function placeSata({ buses, places }: Chipset, controller: ControllerDef, path: string): void {
  const place = placeOf(controller, places);
  if (!place) {
    buses.reserve(at(LPC_SLOT, SATA_FUNCTION), Connect.pciDevice, path);
    return give(places, controller, at(LPC_SLOT, SATA_FUNCTION));
  }
  if (place.bus === 0 && place.slot === LPC_SLOT && place.function === SATA_FUNCTION) return;
  throw new LibvirtError('INTERNAL_ERROR', 'Primary SATA controller must have PCI address 0:0:1f.2', { path });
}

function placeUhci({ buses, places }: Chipset, controller: ControllerDef, path: string): void {
  if (!wantsPlace(controller, places, controller)) return;
  const slot = [0x1d, 0x1a].find((candidate) => !buses.slotInUse(0, candidate));
  if (slot === undefined) return;
  buses.reserve(at(slot, 0), Connect.pciDevice, path);
  give(places, controller, at(slot, 0), true);
}

interface Preference {
  readonly slot: number;
  readonly path: string;
}

function tryPlace({ buses, places }: Chipset, device: { readonly address?: DeviceAddress }, { slot, path }: Preference): void {
  if (!wantsPlace(device, places, device) || buses.slotInUse(0, slot)) return;
  buses.reserve(at(slot, 0), Connect.pciDevice, path);
  give(places, device, at(slot, 0));
}
