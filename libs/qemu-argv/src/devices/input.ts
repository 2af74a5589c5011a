/** Mice, tablets and keyboards; those of PS/2 are part of the board. */
import type { JsonObject } from '../argv/json.js';
import { device, object, type Argv } from '../argv/options.js';
import { aliasOf, each, type Builder, type Context } from '../context.js';
import type { Input } from '../domain-parts.js';
import { unsupported } from '../refusal.js';
import { addressProps } from './device-address.js';
import { virtioName, virtioProps } from './virtio.js';

export const inputs: Builder = (context) => each('input', context.domain.devices.input, (one, at) => input(context, one, at));

function input(context: Context, one: Input, at: string): Argv {
  if (one.type === 'evdev') return evdev(one, at);
  switch (one.bus) {
    case 'usb':
      return device({ driver: usbDriver(one, at), id: aliasOf(one, at), ...addressProps(context, one, at) });
    case 'virtio':
      return device(virtioInput(context, one, at));
    case 'ps2':
    case undefined:
      return [];
    default:
      throw unsupported(at, `QEMU has no input device on bus '${one.bus}'`);
  }
}

const usbDrivers: Partial<Record<Input['type'], string>> = { mouse: 'usb-mouse', tablet: 'usb-tablet', keyboard: 'usb-kbd' };

function usbDriver({ type }: Input, at: string): string {
  const driver = usbDrivers[type];
  if (driver === undefined) throw unsupported(at, `no input device of type '${type}' fits on USB`);
  return driver;
}

const virtioBases: Readonly<Record<Input['type'], string>> = {
  mouse: 'virtio-mouse',
  tablet: 'virtio-tablet',
  keyboard: 'virtio-keyboard',
  passthrough: 'virtio-input-host',
  evdev: 'virtio-input-host',
};

function virtioInput(context: Context, one: Input, at: string): JsonObject {
  const later = one.model === 'virtio-transitional' || one.model === 'virtio-non-transitional';
  if (later && one.type !== 'passthrough') {
    throw unsupported(at, `a virtio ${one.type} is of one model only, neither transitional nor not`);
  }
  return {
    driver: virtioName(virtioBases[one.type], one),
    ...virtioProps(one.driver),
    id: aliasOf(one, at),
    evdev: one.type === 'passthrough' ? one.source?.evdev : undefined,
    ...addressProps(context, one, at),
  };
}

type EvdevInput = Extract<Input, { readonly type: 'evdev' }>;

/** The host's own keyboard or mouse, read by QEMU as the user's. */
function evdev(one: EvdevInput, at: string): Argv {
  const { source } = one;
  return object({
    'qom-type': 'input-linux',
    id: aliasOf(one, at),
    evdev: source?.dev,
    repeat: source?.repeat,
    grab_all: source?.grab === 'all' ? true : undefined,
    'grab-toggle': source?.grabToggle,
  });
}
