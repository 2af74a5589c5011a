import type { JsonObject } from '../argv/json.js';
import { aliasOf, type Context } from '../context.js';
import type { Controller } from '../domain-parts.js';
import { isPcExpress } from '../machine/machine-kind.js';
import { refuse, unprepared, unsupported } from '../refusal.js';

type UsbController = Extract<Controller, { readonly type: 'usb' }>;
type Model = NonNullable<UsbController['model']>;

const drivers: Partial<Record<Model, string>> = {
  'piix3-uhci': 'piix3-usb-uhci',
  'piix4-uhci': 'piix4-usb-uhci',
  ehci: 'usb-ehci',
  'ich9-ehci1': 'ich9-usb-ehci1',
  'ich9-uhci1': 'ich9-usb-uhci1',
  'ich9-uhci2': 'ich9-usb-uhci2',
  'ich9-uhci3': 'ich9-usb-uhci3',
  'vt82c686b-uhci': 'vt82c686b-usb-uhci',
  'pci-ohci': 'pci-ohci',
  'nec-xhci': 'nec-usb-xhci',
  'qemu-xhci': 'qemu-xhci',
};

/** undefined: the guest has no USB. */
export function usbController(context: Context, one: UsbController, at: string): JsonObject | undefined {
  const { model } = one;
  if (model === 'none') return undefined;
  if (model === undefined && isPcExpress(context.domain)) throw unprepared(`${at}/@model`, 'the model of the controller');
  const driver = drivers[model ?? 'piix3-uhci'];
  if (driver === undefined) throw refuse('INTERNAL_ERROR', `${at}/@model`, `QEMU has no USB controller of model '${model ?? ''}'`);
  if (model === 'vt82c686b-uhci') throw unsupported(`${at}/@model`, 'only the board that has it knows a vt82c686b-uhci');
  const ports = model === 'nec-xhci' || model === 'qemu-xhci' ? { p2: one.ports, p3: one.ports } : {};
  return { driver, ...ports, ...master(one, at) };
}

/** A companion serves some ports of its master's bus, and has no name of its own. */
function master(one: UsbController, at: string): JsonObject {
  const id = aliasOf(one, at);
  return one.master ? { masterbus: `${id}.0`, firstport: one.master.startport } : { id };
}
