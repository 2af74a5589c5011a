/** What holds for the addresses of devices of every kind. */
import type { DomainDef } from '../domain/domain.js';
import type { DeviceAddress } from '../shared/device-address.js';
import type { LibvirtError } from '../errors/libvirt-error.js';
import { refusal, unsupported, type Rule } from './rule.js';

interface Placed {
  readonly address?: DeviceAddress;
  readonly acpi?: { readonly index?: number };
}

interface Device {
  readonly device: Placed;
  readonly path: string;
}

const isObject = (held: unknown): held is Placed => typeof held === 'object' && held !== null;

function devicesOf({ devices }: DomainDef): readonly Device[] {
  return Object.entries(devices).flatMap(([kind, held]) => {
    const list: readonly unknown[] = Array.isArray(held) ? held : [held];
    return list.flatMap((device, index) => (isObject(device) ? [{ device, path: `devices/${kind}[${index + 1}]` }] : []));
  });
}

/** Buses whose devices the guest's firmware cannot number. */
const elsewhere: ReadonlySet<string> = new Set(['usb', 'drive', 'virtio-serial', 'ccid']);

function acpiIndexes(devices: readonly Device[]): LibvirtError | undefined {
  const wrong = devices.find(({ device: { acpi, address } }) => acpi?.index !== undefined && elsewhere.has(address?.type ?? ''));
  return wrong && unsupported(`${wrong.path}/acpi`, 'ACPI index is only supported for PCI devices');
}

const hexadecimal = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

function pciDomains(devices: readonly Device[]): LibvirtError | undefined {
  for (const { device, path } of devices) {
    const { address } = device;
    if (address?.type !== 'pci' || address.domain === 0) continue;
    const { domain, bus, slot, function: fn } = address;
    const name = `${hexadecimal(domain, 4)}:${hexadecimal(bus, 2)}:${hexadecimal(slot, 2)}.${fn}`;
    return refusal('XML_ERROR', `${path}/address`, `Invalid PCI address ${name}. Only PCI domain 0 is available`);
  }
  return undefined;
}

const PORTS = 31;

function serialPorts(devices: readonly Device[], { devices: { controller } }: DomainDef): LibvirtError | undefined {
  for (const { device, path } of devices) {
    const { address } = device;
    if (address?.type !== 'virtio-serial') continue;
    const behind = controller.find(({ type, index }) => type === 'virtio-serial' && index === address.controller);
    const ports = behind?.type === 'virtio-serial' ? (behind.ports ?? PORTS) : PORTS;
    if (address.port < ports) continue;
    const words = `virtio serial controller ${address.controller} does not have port ${address.port}`;
    return refusal('XML_ERROR', `${path}/address`, words);
  }
  return undefined;
}

/** The devices are gone through once: there may be very many. */
const addresses: Rule = (def) => {
  const devices = devicesOf(def);
  return acpiIndexes(devices) ?? pciDomains(devices) ?? serialPorts(devices, def);
};

export const addressRules: readonly Rule[] = [addresses];
