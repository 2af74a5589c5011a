import {
  assignDefaults,
  isTaken,
  LibvirtError,
  numberControllers,
  placeDisk,
  validateDomain,
  type Device,
  type DomainDef,
} from '@virtbus/libvirt-xml';
import { prepareDomain, type HotplugKind, type QemuCapabilities } from '@virtbus/qemu-argv';

/** A device of any kind that is plugged by itself. */
export type HotplugDevice = Device<HotplugKind>;

export interface PlacedDevice {
  /** The running domain with the new device among its own, as `hotplugDevice` takes it. */
  readonly definition: DomainDef;
  readonly device: HotplugDevice;
  readonly alias: string;
}

type Devices = DomainDef['devices'];

/** The devices with one more. */
export function withAdded(devices: Devices, kind: HotplugKind, device: HotplugDevice): Devices {
  return kind === 'watchdog'
    ? { ...devices, watchdog: device as Device<'watchdog'> }
    : { ...devices, [kind]: [...listOf(devices, kind), device] };
}

/** Every device of a kind. */
export function listOf(devices: Devices, kind: HotplugKind): readonly HotplugDevice[] {
  const found: unknown = devices[kind];
  return (Array.isArray(found) ? found : found === undefined ? [] : [found]) as readonly HotplugDevice[];
}

/**
 * Where a new device sits in a running guest: alias and a free place, as at a start. Every other device stays where it is.
 * @throws LibvirtError when there is no place for it
 */
export function placeDevice(live: DomainDef, kind: HotplugKind, given: HotplugDevice, capabilities: QemuCapabilities): PlacedDevice {
  const added = { ...live, devices: withAdded(live.devices, kind, numbered(live.devices, kind, given)) };
  const filled = assignDefaults(added, capabilities, { define: false });
  refuseMoreControllers(added.devices, filled.devices);
  validateDomain(filled);
  const definition = prepareDomain(filled);
  const device = listOf(definition.devices, kind).at(-1);
  const alias = device?.alias?.name;
  if (!device || alias === undefined) throw new Error('a device that was added is there, and has a name');
  return { definition, device, alias };
}

/** Kinds that a start names by their place in the list: what comes later takes one more than the highest number. */
const prefixes: Partial<Readonly<Record<HotplugKind, string>>> = { channel: 'channel', input: 'input', redirdev: 'redir', shmem: 'shmem' };

function numbered(devices: Devices, kind: HotplugKind, given: HotplugDevice): HotplugDevice {
  const prefix = prefixes[kind];
  if (prefix === undefined || given.alias) return given;
  const names = listOf(devices, kind).map((one) => one.alias?.name ?? '');
  const numbers = names.filter((name) => name.startsWith(prefix)).map((name) => Number(name.slice(prefix.length)));
  return { ...given, alias: { name: `${prefix}${Math.max(-1, ...numbers.filter((number) => Number.isInteger(number))) + 1}` } };
}

/** No bus has room for more of them. */
const MOST_CONTROLLERS = 32;

/**
 * SCSI controllers that a new disk needs and the guest lacks: all up to its own. They are like the guest's last one, as libvirt was seen
 * to do while a guest runs; a definition gets those that its machine has by default.
 * @throws LibvirtError 1 for more than any guest has room for
 */
export function lackingControllers({ controller: all }: Devices, disk: Device<'disk'>): readonly Device<'controller'>[] {
  const { target, address } = placeDisk(disk);
  if (target.bus !== 'scsi' || address?.type !== 'drive') return [];
  const present = all.filter((one) => one.type === 'scsi');
  if (address.controller >= present.length + MOST_CONTROLLERS) throw new LibvirtError('INTERNAL_ERROR', NO_SLOTS);
  const model = present.at(-1)?.model;
  const wanted = Array.from({ length: address.controller + 1 }, (_, index) => index);
  return wanted
    .filter((index) => !present.some((one) => one.index === index))
    .map((index) => ({ type: 'scsi', index, ...(model !== undefined && { model }) }));
}

const NO_SLOTS = 'No more available PCI slots';

/** @throws LibvirtError for a device that could not be told from one that is there */
export function refuseTwin({ devices }: DomainDef, kind: HotplugKind, given: HotplugDevice): void {
  const name = given.alias?.name;
  const names = Object.values(devices).flat().map(nameOf);
  if (name !== undefined && names.includes(name)) throw new LibvirtError('XML_ERROR', `non unique alias detected: ${name}`);
  if (kind === 'watchdog') {
    if (devices.watchdog) throw new LibvirtError('OPERATION_INVALID', 'domain already has a watchdog');
    return;
  }
  if (!isTaken(kind, devices, given as never)) return;
  if (kind === 'disk') throw diskTwin(devices, given as Device<'disk'>);
  const { type, index = 0 } = given as Device<'controller'>;
  throw new LibvirtError('OPERATION_FAILED', `target ${type}:${index} already exists`);
}

const nameOf = (device: unknown): unknown => (device as { readonly alias?: { readonly name: string } }).alias?.name;

function diskTwin({ disk }: Devices, given: Device<'disk'>): LibvirtError {
  const { dev } = given.target;
  const pathOf = ({ source }: Device<'disk'>): string => (source && 'file' in source ? (source.file ?? '') : '');
  const twin = disk.find(({ target }) => target.dev === dev);
  const sources = `'${twin ? pathOf(twin) : ''}' and '${pathOf(given)}'`;
  return new LibvirtError('XML_ERROR', `target '${dev}' duplicated for disk sources ${sources}`);
}

/** What would be made for it at a start is not made now. */
function refuseMoreControllers({ controller: given }: Devices, { controller: after }: Devices): void {
  const before = numberControllers(given);
  const added = after.find((one) => !before.some(({ type, index }) => type === one.type && index === one.index));
  if (!added) return;
  if (added.type === 'virtio-serial') throw new LibvirtError('INTERNAL_ERROR', 'no virtio-serial controllers are available');
  if (added.type === 'pci') throw new LibvirtError('INTERNAL_ERROR', NO_SLOTS);
  throw new LibvirtError('CONFIG_UNSUPPORTED', `there is no ${added.type} controller for it; attach one first`);
}
