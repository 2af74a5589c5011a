/** Where a device sits, as properties of `-device`. */
import type { JsonObject } from '../argv/json.js';
import type { Context } from '../context.js';
import type { Controller, DeviceAddress, PciAddress } from '../domain-parts.js';
import { slotName } from '../pci-slots.js';
import { isPcExpress } from '../machine/machine-kind.js';
import { refuse, unprepared, unsupported } from '../refusal.js';

interface Placed {
  readonly address?: DeviceAddress;
  readonly acpi?: { readonly index?: number };
  readonly rom?: { readonly enabled?: boolean; readonly bar?: boolean; readonly file?: string } | undefined;
}

/** Bus and place on it; nothing for a device that has none. */
export function addressProps(context: Context, device: Placed, at: string): JsonObject {
  const { address } = device;
  if (!address) return {};
  return { ...placeProps(context, address, at), 'acpi-index': device.acpi?.index, ...romProps(device.rom) };
}

function placeProps(context: Context, address: DeviceAddress, at: string): JsonObject {
  switch (address.type) {
    case 'pci':
      return pciProps(context, address, at);
    case 'usb':
      return usbProps(context, address, at);
    case 'isa':
      return { iobase: address.iobase, irq: address.irq };
    case 'virtio-serial':
      return { bus: `${controllerName(context, 'virtio-serial', address.controller, at)}.${address.bus}`, nr: address.port };
    case 'ccid':
      return { bus: `${controllerName(context, 'ccid', address.controller, at)}.0` };
    case 'virtio-mmio':
    case 'unassigned':
    case 'dimm':
    case 'drive':
      return {};
    default:
      throw unsupported(`${at}/address`, `addresses of type '${address.type}' do not exist on x86`);
  }
}

function pciProps(context: Context, address: PciAddress, at: string): JsonObject {
  const { bus, slot, function: fn } = address;
  const shared = fn === 0 && context.sharedSlots.has(slotName(bus, slot));
  return {
    bus: pciBus(context, address, at),
    multifunction: address.multifunction ?? (shared ? true : undefined),
    addr: `0x${slot.toString(16)}${fn === 0 ? '' : `.0x${fn.toString(16)}`}`,
  };
}

/** QEMU makes the root bus itself, under a name of its own, whatever the controller is called here. */
export function pciBus(context: Context, { bus, domain }: PciAddress, at: string): string {
  if (domain !== 0) throw unsupported(`${at}/address`, 'the PCI domain is 0: QEMU has no other');
  if (bus === 0) return isPcExpress(context.domain) ? 'pcie.0' : 'pci.0';
  return controllerName(context, 'pci', bus, at);
}

type UsbAddress = Extract<DeviceAddress, { readonly type: 'usb' }>;

function usbProps(context: Context, { bus, port }: UsbAddress, at: string): JsonObject {
  return { bus: `${controllerName(context, 'usb', bus, at)}.0`, port };
}

/** The alias of the controller that a device sits behind. USB companions share the index, and the name, of their master. */
export function controllerName({ domain }: Context, type: Controller['type'], index: number, at: string): string {
  const found = domain.devices.controller.find((one) => one.type === type && (one.index ?? 0) === index);
  if (!found) throw refuse('INTERNAL_ERROR', at, `there is no ${type} controller ${index}, which the address names`);
  if (!found.alias) throw unprepared(at, 'the alias of a controller');
  return found.alias.name;
}

/** `enabled='no'` hides the ROM: QEMU loads none when the file has no name. */
function romProps(rom: Placed['rom']): JsonObject {
  if (!rom) return {};
  if (rom.enabled === false) return { romfile: '' };
  return { rombar: rom.bar === undefined ? undefined : Number(rom.bar), romfile: rom.file };
}
