/** Gives channels a port of a virtio-serial controller. Port 0 is for consoles, which get theirs from the emulator. */
import type { DevicesDef } from '../devices/devices.js';
import type { DomainDef } from '../domain/domain.js';
import type { DeviceAddress } from '../shared/device-address.js';
import { withAddresses } from './addressed.js';

const DEFAULT_PORTS = 31;
const FIRST_PORT = 1;

interface Port {
  readonly address?: DeviceAddress;
}

export function assignVirtioSerial(def: DomainDef): DomainDef {
  const consoles: readonly Port[] = def.devices.console.filter(({ target }) => target.type === 'virtio');
  const channels: readonly Port[] = def.devices.channel.filter(({ target }) => target.type === 'virtio');
  if (channels.length === 0) return def;
  const ports = new SerialPorts(def.devices);
  for (const device of [...consoles, ...channels]) ports.reserve(device);
  for (const device of channels) ports.assign(device);
  return { ...def, devices: withAddresses(ports.devices, ports.places) };
}

class SerialPorts {
  readonly places = new Map<object, DeviceAddress>();
  devices: DevicesDef;
  readonly #used = new Map<number, Set<number>>();
  readonly #sizes = new Map<number, number>();

  constructor(devices: DevicesDef) {
    this.devices = devices;
    for (const one of devices.controller) if (one.type === 'virtio-serial') this.#add(one.index ?? 0, one.ports ?? DEFAULT_PORTS);
  }

  reserve({ address }: Port): void {
    if (address?.type === 'virtio-serial' && address.port > 0) this.#used.get(address.controller)?.add(address.port);
  }

  assign(device: Port): void {
    const { address } = device;
    if (address !== undefined && (address.type !== 'virtio-serial' || address.port > 0)) return;
    const controller = address?.controller ?? this.#roomy();
    const port = this.#freePort(controller) ?? FIRST_PORT;
    this.#used.get(controller)?.add(port);
    this.places.set(device, { type: 'virtio-serial', controller, bus: address?.bus ?? 0, port });
  }

  #add(index: number, ports: number): void {
    this.#used.set(index, new Set());
    this.#sizes.set(index, ports);
  }

  /** The first controller with a free port; another one is added when all are full. */
  #roomy(): number {
    for (const index of [...this.#used.keys()].toSorted((a, b) => a - b)) if (this.#freePort(index) !== undefined) return index;
    let index = 0;
    while (this.#used.has(index)) index += 1;
    this.#add(index, DEFAULT_PORTS);
    this.devices = { ...this.devices, controller: [...this.devices.controller, { type: 'virtio-serial', index }] };
    return index;
  }

  #freePort(controller: number): number | undefined {
    const used = this.#used.get(controller);
    for (let port = FIRST_PORT; port < (this.#sizes.get(controller) ?? DEFAULT_PORTS); port += 1) if (!used?.has(port)) return port;
    return undefined;
  }
}
