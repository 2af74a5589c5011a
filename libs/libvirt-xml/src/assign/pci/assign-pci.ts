/**
 * Gives every device that needs one a place on a PCI bus, where libvirt would put it: guests that come from libvirt must see
 * the same machine. Twice over: a trial to learn which bridges and ports are missing, then the real thing with them.
 */
import { LibvirtError } from '../../errors/libvirt-error.js';
import type { ControllerDef } from '../../devices/controller.js';
import type { DomainDef } from '../../domain/domain.js';
import type { EmulatorCapabilities } from '../capabilities.js';
import { deviceTest } from '../capabilities.js';
import { ensureController } from '../controllers.js';
import { withAddresses } from '../addressed.js';
import { isI440fx } from '../machine.js';
import { PciBuses, type Growth } from './buses.js';
import { give, piix3Function, placeChipset, placeOf, wantsPlace, type PciPlaces } from './chipset.js';
import type { PciModel } from './connect.js';
import { fillPciControllers } from './pci-controllers.js';
import { controllerNeeds, pciModelOf, slottedDevices, sortsOf, type Slotted, type Sorts } from './slotted.js';

/** @throws LibvirtError when a place is taken twice, cannot hold the device, or when there is none left. */
export function assignPci(def: DomainDef, capabilities: EmulatorCapabilities | undefined): DomainDef {
  const root = pciModels(def)[0];
  if (root === undefined) return withoutPci(def);
  const has = deviceTest(capabilities);
  const known = capabilities !== undefined;
  const sorts = sortsOf(root === 'pcie-root', true);
  const growth: Growth = { pcieToPciBridge: !known || has('pcie-pci-bridge') };
  const grown = withMissingBuses(def, sorts, growth);
  const buses = new PciBuses(pciModels(grown), undefined);
  const places = placeAll(grown, buses, sorts);
  const placed = { ...grown, devices: withAddresses(grown.devices, withMultifunction(grown, places, sorts)) };
  return fillPciControllers(placed, has('pcie-root-port'));
}

/** @throws LibvirtError XML_ERROR when a device needs what the machine does not have. */
function withoutPci(def: DomainDef): DomainDef {
  const { others } = slottedDevices(def, sortsOf(false, true));
  const stranded = others.find(({ device }) => wantsPlace(device, new Map(), device));
  if (stranded) throw new LibvirtError('XML_ERROR', 'No PCI buses available', { domain: 0, path: stranded.path });
  return def;
}

/** Models of the buses by number; numbers that nobody mentions are bridges, or ports when the root is PCI Express. */
function pciModels(def: DomainDef): PciModel[] {
  const models: PciModel[] = [];
  for (const controller of def.devices.controller) {
    const model = pciModelOf(controller);
    if (model && controller.index !== undefined) models[controller.index] = model;
  }
  const missing: PciModel = models[0] === 'pcie-root' ? 'pcie-root-port' : 'pci-bridge';
  return Array.from(models, (model) => model ?? missing);
}

/** The trial: which buses would be added, so that they can be written down as controllers. */
function withMissingBuses(def: DomainDef, sorts: Sorts, growth: Growth): DomainDef {
  const buses = new PciBuses(pciModels(def), growth);
  const given = buses.models.length;
  const express = buses.models[0] === 'pcie-root';
  placeChipsetAndChosen(def, buses, sorts, (places) => {
    if (!express && !buses.full) buses.next(sorts.pci, '/domain/devices');
    placeRest(def, { buses, places, sorts });
  });
  if (express && given <= 1 && buses.models.length > given) buses.next(sorts.pcie, '/domain/devices');
  let devices = def.devices;
  for (let index = 1; index < buses.models.length; index += 1) {
    const model = buses.models[index];
    if (model === undefined) continue;
    const added: ControllerDef & { index: number } = { type: 'pci', index, model };
    const controller = ensureController(devices.controller, added);
    if (controller === devices.controller) continue;
    devices = { ...devices, controller };
    if (model !== 'pcie-to-pci-bridge') buses.next(controllerNeeds(added, sorts), `/domain/devices/controller[@index='${index}']`);
  }
  return { ...def, devices };
}

function placeChipsetAndChosen(def: DomainDef, buses: PciBuses, sorts: Sorts, then: (places: PciPlaces) => void): void {
  const places: PciPlaces = new Map();
  reserveChosen(def, buses, sorts);
  placeChipset({ def, buses, places, sorts });
  then(places);
}

function placeAll(def: DomainDef, buses: PciBuses, sorts: Sorts): PciPlaces {
  let result: PciPlaces = new Map();
  placeChipsetAndChosen(def, buses, sorts, (places) => {
    placeRest(def, { buses, places, sorts });
    result = places;
  });
  return result;
}

/** Takes the places that the definition names; the PIIX3's own parts are taken with their slot. */
function reserveChosen(def: DomainDef, buses: PciBuses, sorts: Sorts): void {
  const { pciControllers, others } = slottedDevices(def, sorts);
  const implicit = isI440fx(def)
    ? new Set<object>(def.devices.controller.filter((one) => piix3Function(one) !== undefined))
    : new Set<object>();
  for (const { device, needs, path } of [...pciControllers, ...others]) {
    const place = placeOf(device, new Map());
    if (place && !(implicit.has(device) && place.bus === 0 && place.slot === 1)) buses.reserve(place, needs, `${path}/address`);
  }
}

interface Placing {
  readonly buses: PciBuses;
  readonly places: PciPlaces;
  readonly sorts: Sorts;
}

function placeRest(def: DomainDef, { buses, places, sorts }: Placing): void {
  const { pciControllers, others } = slottedDevices(def, sorts);
  const usb2Parts = usb2ByNumber(def);
  const usb2 = new Map<object, ControllerDef>([...usb2Parts.values()].flat().map((part) => [part, part]));
  for (const slotted of [...pciControllers, ...others]) {
    if (!wantsPlace(slotted.device, places, slotted.device)) continue;
    const controller = usb2.get(slotted.device);
    if (controller) placeUsb2(usb2Parts.get(controller.index) ?? [], controller, { buses, places, slotted });
    else give(places, slotted.device, buses.next(slotted.needs, slotted.path));
  }
}

const usb2Functions: Readonly<Record<string, number>> = { 'ich9-ehci1': 7, 'ich9-uhci1': 0, 'ich9-uhci2': 1, 'ich9-uhci3': 2 };

function usb2Function(controller: ControllerDef): number | undefined {
  return controller.type === 'usb' && controller.model !== undefined ? usb2Functions[controller.model] : undefined;
}

function usb2ByNumber({ devices }: DomainDef): ReadonlyMap<number | undefined, readonly ControllerDef[]> {
  const parts = new Map<number | undefined, ControllerDef[]>();
  for (const controller of devices.controller) {
    if (usb2Function(controller) === undefined) continue;
    const own = parts.get(controller.index) ?? [];
    own.push(controller);
    parts.set(controller.index, own);
  }
  return parts;
}

/** The parts of one USB 2 controller share a slot, a function each. */
function placeUsb2(
  parts: readonly ControllerDef[],
  controller: ControllerDef,
  { buses, places, slotted }: Omit<Placing, 'sorts'> & { readonly slotted: Slotted },
): void {
  const fn = usb2Function(controller) ?? 0;
  const multifunction = fn === 0 ? true : undefined;
  const placed = parts.find((other) => placeOf(other, places) !== undefined);
  const sibling = placed && placeOf(placed, places);
  if (!sibling) return give(places, controller, buses.next(slotted.needs, slotted.path, fn), multifunction);
  const address = { domain: sibling.domain, bus: sibling.bus, slot: sibling.slot, function: fn };
  buses.reserve(address, slotted.needs, slotted.path);
  give(places, controller, address, multifunction);
}

/** The first function of a slot says so when the slot has others. */
function withMultifunction(def: DomainDef, places: PciPlaces, sorts: Sorts): PciPlaces {
  const { pciControllers, others } = slottedDevices(def, sorts);
  const all = [...pciControllers, ...others].flatMap(({ device }) => {
    const place = placeOf(device, places);
    return place ? [{ device, place }] : [];
  });
  const busy = new Set(all.filter(({ place }) => place.function > 0).map(({ place }) => `${place.bus}:${place.slot}`));
  const result: PciPlaces = new Map(places);
  for (const { device, place } of all) {
    const first = place.function === 0 && place.multifunction === undefined && busy.has(`${place.bus}:${place.slot}`);
    if (first) result.set(device, { ...place, multifunction: true });
  }
  return result;
}
