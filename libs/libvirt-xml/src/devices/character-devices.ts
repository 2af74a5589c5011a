/** Serial and parallel ports, consoles and channels: a host's end and a guest's end. */
import { attr, byTag, child } from '../model/field.js';
import { element, tagged, type TaggedValue } from '../model/element.js';
import { filled, oneOf, uint } from '../model/scalar.js';
import { unsupported, xmlError, type Place } from '../model/place.js';
import { ipv4 } from '../formats/ip.js';
import { chardevFields, chardevType } from '../shared/chardev.js';
import { deviceInfo } from '../shared/device-info.js';

/** SPICE's own channels reach the guest through virtio. */
function refuseSpice<T extends { readonly type: string; readonly target: object }>(value: T, at: Place): T {
  const byVirtio = 'type' in value.target && value.target.type === 'virtio';
  if (value.type === 'spicevmc' && !byVirtio) throw unsupported(at, 'spicevmc device type only supports virtio');
  return value;
}

const port = attr(uint(), { invalid: (given, at) => xmlError(at, `Invalid port number: ${given}`) });

/** Path of the terminal that the host made. */
const tty = attr(filled, { live: true });

const serialTypes = ['isa-serial', 'usb-serial', 'pci-serial', 'spapr-vio-serial', 'system-serial', 'sclp-serial', 'isa-debug'] as const;

const serialModels = [
  'isa-serial',
  'usb-serial',
  'pci-serial',
  'spapr-vty',
  'pl011',
  'sclpconsole',
  'sclplmconsole',
  '16550a',
  'isa-debugcon',
] as const;

const serialTarget = element({
  type: attr(oneOf(...serialTypes), {
    invalid: (given, at) => unsupported(at, `unknown target type '${given}' specified for character device`),
  }),
  port,
  model: child(element({ name: attr(oneOf(...serialModels), { required: true }) })),
});

const serialFields = { type: chardevType, tty, ...chardevFields, target: child(serialTarget, { always: true }), ...deviceInfo };
export type SerialDef = TaggedValue<typeof serialFields, 'type'>;
export const serial = tagged('type', serialFields, { refine: refuseSpice });

const parallelFields = { type: chardevType, tty, ...chardevFields, target: child(element({ port }), { always: true }), ...deviceInfo };
export type ParallelDef = TaggedValue<typeof parallelFields, 'type'>;
export const parallel = tagged('type', parallelFields, { refine: refuseSpice });

const consoleTarget = element({
  type: attr(oneOf('none', 'serial', 'xen', 'uml', 'virtio', 'lxc', 'openvz', 'sclp', 'sclplm'), {
    blank: ['none'],
    invalid: (given, at) => unsupported(at, `unknown target type '${given}' specified for character device`),
  }),
  port,
});

const consoleFields = { type: chardevType, tty, ...chardevFields, target: child(consoleTarget, { always: true }), ...deviceInfo };
export type ConsoleDef = TaggedValue<typeof consoleFields, 'type'>;
/** A text console; the first one is a view of the first serial port. */
export const consoleDevice = tagged('type', consoleFields, { refine: refuseSpice });

const channelTarget = tagged('type', {
  type: attr(oneOf('guestfwd', 'virtio', 'xen'), {
    required: (at) => xmlError(at, "Missing required attribute 'type' in element 'target'", 5),
    invalid: (given, at) => unsupported(at, `unknown target type '${given}' specified for character device`),
  }),
  address: byTag({
    guestfwd: attr(ipv4, {
      required: (at) => xmlError(at, 'guestfwd channel does not define a target address'),
      invalid: (_, at) => unsupported(at, 'guestfwd channel only supports IPv4 addresses'),
    }),
  }),
  port: byTag({
    guestfwd: attr(uint({ max: 65535 }), { required: (at) => xmlError(at, 'guestfwd channel does not define a target port') }),
  }),
  name: byTag({ virtio: attr(filled), xen: attr(filled) }),
  state: byTag({ virtio: attr(oneOf('connected', 'disconnected'), { live: true }) }),
});

const channelFields = {
  type: chardevType,
  tty,
  ...chardevFields,
  target: child(channelTarget, { required: (at) => xmlError(at, 'missing target of channel') }),
  ...deviceInfo,
};
export type ChannelDef = TaggedValue<typeof channelFields, 'type'>;
export const channel = tagged('type', channelFields, { refine: refuseSpice });
