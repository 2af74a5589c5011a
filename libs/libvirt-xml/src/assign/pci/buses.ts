/** The PCI buses of a guest and who sits where: the state of one assignment, thrown away after it. */
import { LibvirtError } from '../../errors/libvirt-error.js';
import type { PciAddress } from '../../shared/device-address.js';
import { busShapes, Connect, takes, type PciModel } from './connect.js';

const FUNCTIONS = 8;
const WHOLE_SLOT = 0xff;

interface Bus {
  readonly model: PciModel;
  /** A bit for each function in use, by slot. */
  readonly used: number[];
  /** Slots whose functions are given out one by one. */
  readonly shared: Set<number>;
}

/** How buses are added when no place is left. */
export interface Growth {
  /** Whether the machine can have a bridge from PCI Express to PCI. */
  readonly pcieToPciBridge: boolean;
}

export class PciBuses {
  readonly #buses: Bus[] = [];

  /** @param growth undefined: the buses stay as they are. */
  constructor(
    models: readonly PciModel[],
    private readonly growth: Growth | undefined,
  ) {
    for (const model of models) this.#append(model);
  }

  get models(): readonly PciModel[] {
    return this.#buses.map(({ model }) => model);
  }

  /** Whether every slot of every bus is in use. */
  get full(): boolean {
    return this.#buses.every(({ model, used }) => {
      const [first, last] = busShapes[model].slots;
      for (let slot = first; slot <= last; slot += 1) if ((used[slot] ?? 0) === 0) return false;
      return true;
    });
  }

  slotInUse(bus: number, slot: number): boolean {
    return (this.#buses[bus]?.used[slot] ?? 0) !== 0;
  }

  /**
   * Marks functions as used by what the definition does not name: parts of the chipset.
   * @throws LibvirtError XML_ERROR when a device has been put there.
   */
  block(slot: number, functions: number = WHOLE_SLOT): void {
    const root = this.#buses[0];
    if (!root) return;
    const taken = (root.used[slot] ?? 0) & functions;
    const fn = 31 - Math.clz32(taken & -taken);
    if (taken !== 0)
      throw xmlError(`Attempted double use of PCI Address ${nameOf({ domain: 0, bus: 0, slot, function: fn })}`, '/domain/devices');
    root.used[slot] = (root.used[slot] ?? 0) | functions;
  }

  /**
   * Takes a place that the user, or the machine, has chosen.
   * @throws LibvirtError XML_ERROR when the bus does not take such a device, or the place is taken.
   */
  reserve(address: PciAddress, needs: number, path: string): void {
    while (this.growth && address.bus >= this.#buses.length) this.#growTo(address.bus, needs);
    const bus = this.#buses[address.bus];
    const last = this.#buses.length - 1;
    if (!bus) throw xmlError(`Invalid PCI address ${nameOf(address)}. Only PCI buses up to ${last} are available`, path);
    const wrong = wrongPlace(bus, address, needs);
    if (wrong !== undefined) throw xmlError(wrong, path);
    this.#take(bus, address, needs);
  }

  /**
   * Finds a place: the first free slot of the first bus that takes the device, or of a bus added for it.
   * @param fn the function that it must be, when not any.
   * @throws LibvirtError INTERNAL_ERROR when there is none.
   */
  next(needs: number, path: string, fn?: number): PciAddress {
    const found = this.#find(needs, fn) ?? this.#findOnNew(needs, fn);
    if (!found) throw new LibvirtError('INTERNAL_ERROR', 'No more available PCI slots', { path });
    const bus = this.#buses[found.bus];
    if (bus) this.#take(bus, found, needs);
    return found;
  }

  #find(needs: number, fn: number | undefined): PciAddress | undefined {
    for (const [index, bus] of this.#buses.entries()) {
      const { offers, slots } = busShapes[bus.model];
      const fits = takes(offers, needs, false) && ((needs & Connect.integrated) === 0 || index === 0);
      const place = fits ? freePlace(bus, slots, { needs, fn }) : undefined;
      if (place) return { domain: 0, bus: index, ...place };
    }
    return undefined;
  }

  #findOnNew(needs: number, fn: number | undefined): PciAddress | undefined {
    if (!this.growth) return undefined;
    this.#growTo(this.#buses.length, needs);
    return this.#find(needs, fn);
  }

  /**
   * Adds buses until `index` exists and something takes what needs a place.
   * @throws LibvirtError INTERNAL_ERROR for what only a bus of the user's own can hold.
   */
  #growTo(index: number, needs: number): void {
    if ((needs & (Connect.pciDevice | Connect.pciBridge)) !== 0) return this.#growConventional(index);
    if ((needs & (Connect.pcieDevice | Connect.pcieSwitchUpstreamPort)) === 0) {
      throw new LibvirtError(
        'INTERNAL_ERROR',
        `Cannot automatically add a new PCI bus for a device with connect flags ${needs.toString(16)}`,
      );
    }
    do this.#append('pcie-root-port');
    while (this.#buses.length <= index);
  }

  /** A root without conventional PCI gets a way down to it first: a port, taken by the bridge that takes other bridges. */
  #growConventional(index: number): void {
    const bridgeable = this.#buses.some(({ model }) => (busShapes[model].offers & Connect.pciBridge) !== 0);
    if (!bridgeable && this.growth?.pcieToPciBridge) {
      this.#append('pcie-root-port');
      this.#buses.at(-1)?.used.push(1);
      this.#append('pcie-to-pci-bridge');
    } else if (!bridgeable) {
      this.#append('dmi-to-pci-bridge');
      this.#append('pci-bridge');
    } else this.#append('pci-bridge');
    while (this.#buses.length <= index) this.#append('pci-bridge');
  }

  #append(model: PciModel): void {
    this.#buses.push({ model, used: [], shared: new Set() });
  }

  #take(bus: Bus, { slot, function: fn }: PciAddress, needs: number): void {
    if ((bus.used[slot] ?? 0) === 0 && (needs & Connect.aggregate) !== 0) bus.shared.add(slot);
    bus.used[slot] = (bus.used[slot] ?? 0) | (1 << fn);
  }
}

/** Why a device cannot be where it was put. */
function wrongPlace(bus: Bus, address: PciAddress, needs: number): string | undefined {
  const { offers, slots } = busShapes[bus.model];
  const [first, last] = slots;
  const name = nameOf(address);
  if (address.slot < first) return `Invalid PCI address ${name}. slot must be >= ${first}`;
  if (address.slot > last) return `Invalid PCI address ${name}. slot must be <= ${last}`;
  const displaced = (needs & Connect.integrated) !== 0 && address.bus !== 0;
  if (displaced) return `The device at PCI address ${name} needs to be an integrated device (bus=0)`;
  if (!takes(offers, needs, true))
    return `The device at PCI address ${name} cannot be plugged into the PCI controller with index='${address.bus}'`;
  const taken = ((bus.used[address.slot] ?? 0) & (1 << address.function)) !== 0;
  return taken ? `Attempted double use of PCI Address ${name}` : undefined;
}

interface Search {
  readonly needs: number;
  readonly fn: number | undefined;
}

function freePlace(
  bus: Bus,
  [first, last]: readonly [number, number],
  { needs, fn }: Search,
): { slot: number; function: number } | undefined {
  for (let slot = first; slot <= last; slot += 1) {
    const used = bus.used[slot] ?? 0;
    if (used === 0) return { slot, function: fn ?? 0 };
    if ((needs & Connect.aggregate) === 0 || !bus.shared.has(slot)) continue;
    const free = freeFunction(used, fn);
    if (free !== undefined) return { slot, function: free };
  }
  return undefined;
}

function freeFunction(used: number, fn: number | undefined): number | undefined {
  for (let candidate = fn ?? 0; candidate < (fn === undefined ? FUNCTIONS : fn + 1); candidate += 1) {
    if ((used & (1 << candidate)) === 0) return candidate;
  }
  return undefined;
}

const xmlError = (detail: string, path: string) => new LibvirtError('XML_ERROR', detail, { domain: 0, path });

function nameOf({ domain, bus, slot, function: fn }: PciAddress): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`;
}
