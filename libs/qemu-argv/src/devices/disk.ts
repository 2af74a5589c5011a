/** Disks: their images as block nodes, then the drive that the guest sees. */
import { blockdev, chardev, device, keyValues, object, type Argv } from '../argv/options.js';
import { delayOf } from '../chardev/chardev.js';
import { tlsCredentials } from '../chardev/tls.js';
import { aliasOf, placed, type Builder, type Context } from '../context.js';
import type { Disk } from '../domain-parts.js';
import { targetNumber } from '../prepare/disk-alias.js';
import { refuse, unprepared, unsupported } from '../refusal.js';
import { chainOf, isEmpty } from '../storage/chain.js';
import { formatNode, layerNodes, storageNode, type Layer } from '../storage/layer.js';
import { diskNumbers } from '../storage/node-numbers.js';
import { storagePlaceOf } from '../storage/resolve.js';
import { layerSecrets } from '../storage/layer-secrets.js';
import { diskDevice } from './disk-device.js';

export const disks: Builder = (context) => {
  const numbers = diskNumbers(context.domain.devices.disk);
  return placed('disk', context.domain.devices.disk).flatMap(({ device: one, at }, index) =>
    disk(context, one, { first: numbers[index] ?? 0, at }),
  );
};

/**
 * The arguments of one disk.
 * @param first the number of its first block node
 */
export function diskArgv(context: Context, alias: string, first: number): Argv {
  const found = placed('disk', context.domain.devices.disk).find(({ device: one }) => one.alias?.name === alias);
  if (!found) throw unprepared('/domain/devices/disk', 'the alias');
  return disk(context, found.device, { first, at: found.at });
}

/** The images of one disk alone, without the drive; empty for a drive without a medium. */
export const imagesArgv = (context: Context, alias: string, first: number): Argv => {
  const argv = diskArgv(context, alias, first);
  return argv.slice(0, argv.lastIndexOf('-device'));
};

interface Place {
  /** Number of the disk's first block node. */
  readonly first: number;
  readonly at: string;
}

function disk(context: Context, one: Disk, { first, at }: Place): Argv {
  if (one.type === 'vhostuser') return vhostUserDisk(context, one, at);
  if (isPluggedLater(context, one, at)) return [];
  const place = storagePlaceOf(context, one, at);
  if (one.target.bus === 'sd') return sdCard(one, at);
  if (isEmpty(place)) return device(diskDevice(context, one, {}, at));
  const layers = chainOf({ ...one, place, at }, first, context.host);
  const [top] = layers;
  if (!top) throw refuse('INTERNAL_ERROR', at, 'a disk without an image');
  const reader = copyOnRead(one, top);
  const drive = reader?.node ?? formatNode(top);
  const images = layers.toReversed().flatMap((layer) => image(context, layer));
  return [...images, ...(reader?.argv ?? []), ...device(diskDevice(context, one, { drive }, at))];
}

/** The host puts an image of its own over a transient disk; one with a shared backing image is plugged in when that is there. */
function isPluggedLater({ host }: Context, { transient }: Disk, at: string): boolean {
  if (transient && !host.transientDisks) throw unsupported(`${at}/transient`, 'this host forgets nothing: it has no transient disks');
  return transient?.shareBacking === true;
}

function image(context: Context, layer: Layer): Argv {
  return [...reservationHelper(layer), ...layerSecrets(context, layer), ...transportSecurity(context, layer), ...layerNodes(layer)];
}

/** A helper that the definition names; the host's own stands before all devices. */
function reservationHelper({ place, prManager }: Layer): Argv {
  const path = place.source?.reservations?.source?.path;
  return path === undefined || prManager === undefined ? [] : object({ 'qom-type': 'pr-manager-helper', id: prManager, path });
}

function transportSecurity(context: Context, layer: Layer): Argv {
  const { place, at } = layer;
  if (place.type !== 'network' || !place.source?.tls) return [];
  return tlsCredentials(context, { id: `obj${storageNode(layer)}_tls0`, server: false, use: 'storage', at });
}

/** Above the image: what is read from below is kept in it. */
function copyOnRead(one: Disk, top: Layer): { readonly node: string; readonly argv: Argv } | undefined {
  if (!one.driver?.copyOnRead) return undefined;
  const node = `libvirt-CoR-${one.target.dev ?? ''}`;
  return { node, argv: blockdev({ driver: 'copy-on-read', 'node-name': node, file: formatNode(top), discard: 'unmap' }) };
}

type VhostUserDisk = Extract<Disk, { readonly type: 'vhostuser' }>;

/** Another process serves the disk: it has no block node here. */
function vhostUserDisk(context: Context, one: VhostUserDisk, at: string): Argv {
  const id = `chr-vu-${aliasOf(one, at)}`;
  const socket = chardev('socket', { id, path: one.source?.path, reconnect: delayOf(one.source?.reconnect) });
  return [...socket, ...device(diskDevice(context, one, { chardev: id }, at))];
}

/** SD cards are part of the board and take no block node. */
function sdCard(one: Disk, at: string): Argv {
  if (one.type !== 'file' || one.source?.file === undefined) throw unsupported(at, "disks on bus 'sd' must be files");
  const { file } = one.source;
  const index = targetNumber(one.target.dev ?? '');
  return ['-drive', keyValues(undefined, { file, format: one.driver?.type ?? 'raw', readonly: one.readonly, if: 'sd', index })];
}
