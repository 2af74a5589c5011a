/** Gives every USB device a port; hubs are added when the controllers' ports do not suffice. */
import { LibvirtError } from '../errors/libvirt-error.js';
import type { ControllerDef } from '../devices/controller.js';
import type { DevicesDef } from '../devices/devices.js';
import type { DomainDef } from '../domain/domain.js';
import type { DeviceAddress } from '../shared/device-address.js';
import { withAddresses } from './addressed.js';

const HUB_PORTS = 8;

const portsOfModel: Readonly<Record<string, number>> = {
  'piix3-uhci': 2,
  'piix4-uhci': 2,
  'vt82c686b-uhci': 2,
  ehci: 6,
  'ich9-ehci1': 6,
  'pci-ohci': 3,
  'nec-xhci': 4,
  'qemu-xhci': 4,
};

/** Ports of a controller; a model that is not known yet has none to give, and a companion serves another's. */
function portsOf(controller: ControllerDef): number | undefined {
  if (controller.type !== 'usb') return undefined;
  const { model = '', ports } = controller;
  return model.endsWith('xhci') ? (ports ?? portsOfModel[model]) : portsOfModel[model];
}

interface Device {
  readonly address?: DeviceAddress;
}

/** A hub or a controller: its ports, and the hubs behind some of them. */
class UsbHub {
  readonly #used = new Set<number>();
  readonly #hubs = new Map<number, UsbHub>();

  constructor(readonly ports: number) {}

  /** The first free port, nearer ones first. */
  free(): string | undefined {
    for (let port = 1; port <= this.ports; port += 1) if (!this.#used.has(port)) return String(port);
    for (const [port, hub] of this.#hubs) {
      const inner = hub.free();
      if (inner !== undefined) return `${port}.${inner}`;
    }
    return undefined;
  }

  /** Whether the port was free. */
  take(port: string): boolean {
    const [first = '', ...rest] = port.split('.');
    const inner = rest.length > 0 ? this.#hubs.get(Number(first)) : undefined;
    if (inner) return inner.take(rest.join('.'));
    if (rest.length > 0 || Number(first) > this.ports || this.#used.has(Number(first))) return false;
    this.#used.add(Number(first));
    return true;
  }

  attach(port: string): void {
    const [first = '', ...rest] = port.split('.');
    const inner = this.#hubs.get(Number(first));
    if (rest.length > 0 && inner) inner.attach(rest.join('.'));
    else this.#hubs.set(Number(first), new UsbHub(HUB_PORTS));
  }
}

/** @throws LibvirtError when a port is taken twice or none is left. */
export function assignUsb(def: DomainDef): DomainDef {
  const withHubs = { ...def, devices: addHubs(def.devices) };
  const buses = new Map<number, UsbHub>();
  for (const controller of withHubs.devices.controller) {
    const ports = portsOf(controller);
    if (ports !== undefined) buses.set(controller.index ?? 0, new UsbHub(ports));
  }
  const places = new Map<object, DeviceAddress>();
  const { hubs, others } = usbDevices(withHubs.devices);
  for (const device of byDepth(hubs)) reserve(device, buses, true);
  for (const device of others) reserve(device, buses, false);
  for (const device of hubs) place(device, { buses, places, hub: true });
  for (const device of others) place(device, { buses, places, hub: false });
  return { ...withHubs, devices: withAddresses(withHubs.devices, places) };
}

const portOf = (device: Device): string | undefined => (device.address?.type === 'usb' ? device.address.port : undefined);

const byDepth = (hubs: readonly Device[]): readonly Device[] =>
  hubs.toSorted((a, b) => (portOf(a)?.length ?? 0) - (portOf(b)?.length ?? 0));

function usbDevices(devices: DevicesDef): { readonly hubs: readonly Device[]; readonly others: readonly Device[] } {
  const others: Device[] = [
    ...devices.interface.filter((one) => one.type === 'hostdev' && (one.source.address?.type === 'usb' || one.source.vendor !== undefined)),
    ...devices.hostdev.filter((one) => one.type === 'usb'),
    ...devices.disk.filter((one) => one.target.bus === 'usb'),
    ...devices.controller.filter((one) => one.type === 'ccid'),
    ...devices.input.filter((one) => one.bus === 'usb'),
    ...devices.serial.filter((one) => one.target.type === 'usb-serial'),
    ...devices.sound.filter((one) => one.model === 'usb'),
    ...devices.redirdev,
  ];
  return { hubs: devices.hub, others };
}

/** As many hubs as the devices need beyond the controllers' ports; each takes a port itself. */
function addHubs(devices: DevicesDef): DevicesDef {
  const controllers = devices.controller.flatMap((one) => portsOf(one) ?? []);
  const ports = [...controllers, ...devices.hub.map(() => HUB_PORTS - 1)].reduce((sum, count) => sum + count, 0);
  const needed = usbDevices(devices).others.length;
  if (controllers.length === 0 || needed <= ports) return devices;
  const count = Math.ceil((needed - ports) / (HUB_PORTS - 1));
  const added = Array.from({ length: count }, () => ({ type: 'usb' as const }));
  return { ...devices, hub: [...devices.hub, ...added] };
}

function reserve(device: Device, buses: ReadonlyMap<number, UsbHub>, hub: boolean): void {
  const { address } = device;
  if (address?.type !== 'usb' || address.port === undefined) return;
  const bus = buses.get(address.bus);
  if (!bus) return;
  if (!bus.take(address.port)) {
    throw new LibvirtError('XML_ERROR', `port ${address.port} of USB bus ${address.bus} is taken, or there is no hub to it`, { domain: 0 });
  }
  if (hub) bus.attach(address.port);
}

interface Placing {
  readonly buses: ReadonlyMap<number, UsbHub>;
  readonly places: Map<object, DeviceAddress>;
  readonly hub: boolean;
}

function place(device: Device, { buses, places, hub }: Placing): void {
  const { address } = device;
  if (buses.size === 0 || (address !== undefined && (address.type !== 'usb' || address.port !== undefined))) return;
  const found = freePort(buses, address?.bus);
  if (!found) throw new LibvirtError('INTERNAL_ERROR', 'No free USB ports', { domain: 0 });
  const { bus, port, owner } = found;
  owner.take(port);
  if (hub) owner.attach(port);
  places.set(device, { type: 'usb', bus, port });
}

interface FreePort {
  readonly bus: number;
  readonly port: string;
  /** The controller that the bus is of. */
  readonly owner: UsbHub;
}

/** @param wanted the only bus to look at, when there is one. */
function freePort(buses: ReadonlyMap<number, UsbHub>, wanted: number | undefined): FreePort | undefined {
  for (const [bus, owner] of buses) {
    const port = wanted === undefined || wanted === bus ? owner.free() : undefined;
    if (port !== undefined) return { bus, port, owner };
  }
  return undefined;
}
