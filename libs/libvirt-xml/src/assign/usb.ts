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

interface Plugged {
  readonly device: Device;
  readonly path: string;
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

  /** Takes a port; what is wrong with it, when it cannot be had. */
  take(port: string, bus: number): string | undefined {
    const [first = '', ...rest] = port.split('.');
    return this.#take(Number(first), rest, { bus, port });
  }

  #take(first: number, rest: readonly string[], whole: { readonly bus: number; readonly port: string }): string | undefined {
    const { bus, port } = whole;
    if (first > this.ports) return `requested USB port ${port} not present on USB bus ${bus}`;
    const [next, ...further] = rest;
    if (next !== undefined) {
      const inner = this.#hubs.get(first);
      return inner
        ? inner.#take(Number(next), further, whole)
        : `there is no hub at port ${first} in USB address bus: ${bus} port: ${port}`;
    }
    if (this.#used.has(first)) return `Duplicate USB address bus ${bus} port ${port}`;
    this.#used.add(first);
    return undefined;
  }

  attach(port: string): void {
    const [first = '', ...rest] = port.split('.');
    const inner = this.#hubs.get(Number(first));
    if (rest.length > 0 && inner) inner.attach(rest.join('.'));
    else this.#hubs.set(Number(first), new UsbHub(HUB_PORTS));
  }
}

/**
 * @param anew whether the domain is being defined: devices of one that is read back keep the places that they have, and those without
 *   one stay without, as QEMU placed them when they had none.
 * @throws LibvirtError when a port is taken twice or none is left.
 */
export function assignUsb(def: DomainDef, anew: boolean): DomainDef {
  const withHubs = anew ? { ...def, devices: addHubs(def.devices) } : def;
  const buses = new Map<number, UsbHub>();
  for (const controller of withHubs.devices.controller) {
    const ports = portsOf(controller);
    if (ports !== undefined) buses.set(controller.index ?? 0, new UsbHub(ports));
  }
  const places = new Map<object, DeviceAddress>();
  const { hubs, others } = usbDevices(withHubs.devices);
  for (const device of byDepth(hubs)) reserve(device, buses, true);
  for (const device of others) reserve(device, buses, false);
  if (!anew) return def;
  for (const device of hubs) place(device, { buses, places, hub: true });
  for (const device of others) place(device, { buses, places, hub: false });
  return { ...withHubs, devices: withAddresses(withHubs.devices, places) };
}

const portOf = (device: Device): string | undefined => (device.address?.type === 'usb' ? device.address.port : undefined);

const byDepth = (hubs: readonly Plugged[]): readonly Plugged[] =>
  hubs.toSorted((a, b) => (portOf(a.device)?.length ?? 0) - (portOf(b.device)?.length ?? 0));

function plugged<T extends Device>(kind: string, list: readonly T[], isUsb: (device: T) => boolean = () => true): readonly Plugged[] {
  return list.flatMap((device, index) => (isUsb(device) ? [{ device, path: `/domain/devices/${kind}[${index + 1}]/address` }] : []));
}

function usbDevices(devices: DevicesDef): { readonly hubs: readonly Plugged[]; readonly others: readonly Plugged[] } {
  const fromHost = (one: DevicesDef['interface'][number]): boolean =>
    one.type === 'hostdev' && (one.source.address?.type === 'usb' || one.source.vendor !== undefined);
  const others = [
    plugged('interface', devices.interface, fromHost),
    plugged('hostdev', devices.hostdev, (one) => one.type === 'usb'),
    plugged('disk', devices.disk, (one) => one.target.bus === 'usb'),
    plugged('controller', devices.controller, (one) => one.type === 'ccid'),
    plugged('input', devices.input, (one) => one.bus === 'usb'),
    plugged('serial', devices.serial, (one) => one.target.type === 'usb-serial'),
    plugged('sound', devices.sound, (one) => one.model === 'usb'),
    plugged('redirdev', devices.redirdev),
  ];
  return { hubs: plugged('hub', devices.hub), others: others.flat() };
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

function reserve({ device, path }: Plugged, buses: ReadonlyMap<number, UsbHub>, hub: boolean): void {
  const { address } = device;
  if (buses.size === 0 || address?.type !== 'usb' || address.port === undefined) return;
  const bus = buses.get(address.bus);
  const wrong = bus ? bus.take(address.port, address.bus) : `Missing USB bus ${address.bus}`;
  if (wrong !== undefined) throw new LibvirtError('XML_ERROR', wrong, { domain: 0, path });
  if (hub) bus?.attach(address.port);
}

interface Placing {
  readonly buses: ReadonlyMap<number, UsbHub>;
  readonly places: Map<object, DeviceAddress>;
  readonly hub: boolean;
}

function place({ device, path }: Plugged, { buses, places, hub }: Placing): void {
  const { address } = device;
  if (buses.size === 0 || (address !== undefined && (address.type !== 'usb' || address.port !== undefined))) return;
  const found = freePort(buses, address?.bus);
  if (!found) throw new LibvirtError('INTERNAL_ERROR', 'No free USB ports', { domain: 0, path });
  const { bus, port, owner } = found;
  owner.take(port, bus);
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
