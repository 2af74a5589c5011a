/** Devices of a definition that are found by what is said of them, a line for each kind. */
import { insertDisk } from '../devices/disk-order.js';
import type { DevicesDef } from '../devices/devices.js';
import { parseDevice, type Device } from '../documents.js';
import { LibvirtError } from '../errors/libvirt-error.js';
import type { DeviceEditor } from './change-devices.js';
import { aliasOf, devicesOf, findDevice, findWatchdog, isTaken, placeOf, type PlainKind } from './match-device.js';

interface Rules<K extends PlainKind> {
  /** Words for one that is there already, of kinds that have a mark. */
  readonly taken?: (given: Device<K>) => string;
  /** Where a new one goes; to the end unless it is said. */
  readonly insert?: (list: readonly Device<K>[], added: Device<K>) => readonly Device<K>[];
  readonly update?: (before: Device<K>, given: Device<K>) => Device<K>;
  /** Words for one that is to be changed and is not there. */
  readonly absent?: (given: Device<K>) => string;
}

const invalid = (words: string): LibvirtError => new LibvirtError('OPERATION_INVALID', words, { domain: 20 });

function listed<K extends PlainKind>(kind: K, rules: Rules<K> = {}): DeviceEditor {
  const listOf = (devices: DevicesDef) => devicesOf(devices, kind);
  const withList = (devices: DevicesDef, list: readonly Device<K>[]): DevicesDef => ({ ...devices, [kind]: list });
  const { update, insert = (list, added) => [...list, added] } = rules;
  return {
    attach(devices, xml) {
      const given = parseDevice(kind, xml);
      if (isTaken(kind, devices, given)) throw invalid(rules.taken?.(given) ?? 'the device already exists');
      return withList(devices, insert(listOf(devices), given));
    },
    detach: (devices, xml) => withList(devices, listOf(devices).toSpliced(findDevice(kind, devices, parseDevice(kind, xml)), 1)),
    detachAlias(devices, alias) {
      const at = listOf(devices).findIndex((one) => aliasOf(one) === alias);
      return at < 0 ? undefined : withList(devices, listOf(devices).toSpliced(at, 1));
    },
    ...(update && {
      update(devices: DevicesDef, xml: string): DevicesDef {
        const given = parseDevice(kind, xml);
        const before = listOf(devices)[placeOf(kind, devices, given)];
        if (!before) throw new LibvirtError('INVALID_ARG', rules.absent?.(given) ?? 'there is no such device', { domain: 20 });
        return withList(
          devices,
          listOf(devices).map((one) => (one === before ? update(before, given) : one)),
        );
      },
    }),
  };
}

type Disk = Device<'disk'>;

/** The element replaces the other; what says which device it is stays when it is left out. */
const replaced = ({ alias, address, boot }: Disk, given: Disk): Disk => ({
  ...(alias && { alias }),
  ...(address && { address }),
  ...(boot && { boot }),
  ...given,
});

const watchdog: DeviceEditor = {
  attach(devices, xml) {
    const given = parseDevice('watchdog', xml);
    if (devices.watchdog) throw invalid('domain already has a watchdog');
    return { ...devices, watchdog: given };
  },
  detach(devices, xml) {
    findWatchdog(devices, parseDevice('watchdog', xml));
    return without(devices);
  },
  detachAlias: (devices, alias) => (devices.watchdog?.alias?.name === alias ? without(devices) : undefined),
};

function without(devices: DevicesDef): DevicesDef {
  const { watchdog: _, ...others } = devices;
  return others;
}

/** By the name of their element. */
export const plainDevices = {
  disk: listed('disk', {
    insert: insertDisk,
    taken: ({ target }) => `target ${target.dev} already exists`,
    update: replaced,
    absent: ({ target }) => `target ${target.dev} doesn't exist.`,
  }),
  controller: listed('controller', { taken: ({ index = 0 }) => `controller index='${index}' already exists` }),
  filesystem: listed('filesystem', { taken: () => 'Target already exists' }),
  input: listed('input'),
  rng: listed('rng'),
  sound: listed('sound'),
  channel: listed('channel'),
  redirdev: listed('redirdev'),
  shmem: listed('shmem'),
  memory: listed('memory'),
  lease: listed('lease'),
  serial: listed('serial'),
  parallel: listed('parallel'),
  hostdev: listed('hostdev'),
  watchdog,
};
