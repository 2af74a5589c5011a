/** Which of a domain's devices is meant by one that is given. Numbers and words are those of libvirt 9.0, asked in vain. */
import type { DevicesDef } from '../devices/devices.js';
import type { Device, ListedDevice } from '../documents.js';
import { LibvirtError } from '../errors/libvirt-error.js';

/** Kinds of devices that have no connection to anything but their host, and of which there may be several. */
export type PlainKind = Exclude<ListedDevice, 'interface'>;

/** What tells devices of a kind apart; of the others everything that is said of them does. */
const marks: { readonly [K in PlainKind]?: (device: Device<K>) => string } = {
  disk: ({ target }) => target.dev ?? '',
  controller: ({ type, index = 0 }) => `${type}:${index}`,
  filesystem: ({ target }) => target?.dir ?? '',
};

/** Whose absence libvirt has words for: in what runs, and in a definition. */
const missing: { readonly [K in PlainKind]?: readonly [live: (device: Device<K>) => string, config: (device: Device<K>) => string] } = {
  disk: [({ target }) => `disk ${target.dev} not found`, ({ target }) => `no target device ${target.dev}`],
  controller: [(device) => `controller ${marks.controller?.(device)} not found`, () => ABSENT],
  rng: [({ backend }) => `model '${backend.model}' RNG ${ABSENT}`, () => 'no matching RNG device was found'],
  channel: [() => `chr type 'channel' ${ABSENT}`, () => ABSENT],
  memory: [
    ({ model }) => `model '${model}' memory device not present in the domain configuration`,
    () => 'matching memory device was not found',
  ],
  redirdev: [() => 'no matching redirdev was not found', () => 'no matching redirdev was not found'],
  input: [() => 'matching input device not found', () => 'matching input device not found'],
};

const ABSENT = 'device not present in domain configuration';

/** Whether one value has everything that another says. */
function saysAll(one: unknown, given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return one === given;
  if (typeof one !== 'object' || one === null) return false;
  const said = new Map<string, unknown>(Object.entries(one));
  return Object.entries(given).every(([name, value]) => saysAll(said.get(name), value));
}

type ByKind = { readonly [K in PlainKind]: readonly Device<K>[] };

/** Every device of a kind. */
export const devicesOf = <K extends PlainKind>(devices: ByKind, kind: K): readonly Device<K>[] => devices[kind];

/** The name of a device, if it has one. */
export function aliasOf(device: object): string | undefined {
  if (!('alias' in device) || typeof device.alias !== 'object' || device.alias === null || !('name' in device.alias)) return undefined;
  return typeof device.alias.name === 'string' ? device.alias.name : undefined;
}

/** The place in the list of the device with the same mark; -1 when there is none. */
export function placeOf<K extends PlainKind>(kind: K, devices: DevicesDef, given: Device<K>): number {
  const mark = marks[kind];
  return devicesOf(devices, kind).findIndex((one) => (mark ? mark(one) === mark(given) : saysAll(one, given)));
}

/** A controller without a number gets one that is free. */
const isUnnumbered = (kind: PlainKind, given: object): boolean => kind === 'controller' && !('index' in given);

/** Whether there is a device already that could not be told from the given one. */
export const isTaken = <K extends PlainKind>(kind: K, devices: DevicesDef, given: Device<K>): boolean =>
  marks[kind] !== undefined && !isUnnumbered(kind, given) && placeOf(kind, devices, given) >= 0;

/**
 * The place in the list of the device that is meant.
 * @param running whether the devices are a running guest's
 * @throws LibvirtError 99 when there is none
 */
export function findDevice<K extends PlainKind>(kind: K, devices: DevicesDef, given: Device<K>, { running = false } = {}): number {
  const at = placeOf(kind, devices, given);
  if (at >= 0) return at;
  const words = missing[kind];
  throw new LibvirtError('DEVICE_MISSING', words?.[running ? 0 : 1](given) ?? ABSENT, { domain: 20 });
}

/** @throws LibvirtError 99 when it has none, or another */
export function findWatchdog({ watchdog }: DevicesDef, given: Device<'watchdog'>, { running = false } = {}): Device<'watchdog'> {
  if (watchdog && saysAll(watchdog, given)) return watchdog;
  throw new LibvirtError('DEVICE_MISSING', running ? `watchdog ${ABSENT}` : 'domain has no watchdog', { domain: 20 });
}
