/** Graphics cards. The first one is the machine's display; some models can only be first, or only be later. */
import type { JsonObject } from '../argv/json.js';
import { chardev, device, type Argv } from '../argv/options.js';
import { aliasOf, placed, type Builder, type Context } from '../context.js';
import type { Video } from '../domain-parts.js';
import { refuse, unsupported } from '../refusal.js';
import { addressProps } from './device-address.js';
import { virtioName, virtioProps } from './virtio.js';

export const videos: Builder = (context) =>
  placed('video', context.domain.devices.video).flatMap(({ device: one, at }, index) => video(context, one, { primary: index === 0, at }));

interface Place {
  readonly primary: boolean;
  readonly at: string;
}

type Type = Video['model']['type'];

function video(context: Context, one: Video, place: Place): Argv {
  const { at } = place;
  if (one.model.type === 'none') return [];
  if (one.model.type === 'ramfb' && one.address) throw unsupported(`${at}/address`, 'ramfb is on no bus: it has no address');
  const alias = aliasOf(one, at);
  const socket = isVhostUser(one) ? `chr-vu-${alias}` : undefined;
  return [
    ...(socket === undefined ? [] : vhostUserSocket(context, alias, at)),
    ...device({
      ...driverProps(one, place),
      id: alias,
      ...memoryProps(one),
      chardev: socket,
      ...resolution(one),
      ...addressProps(context, one, at),
    }),
  ];
}

const isVhostUser = ({ driver }: Video): boolean => driver?.name === 'vhostuser';

/** The host starts the process that renders, and hands over its end. */
function vhostUserSocket({ host }: Context, alias: string, at: string): Argv {
  const fd = host.lookup?.descriptor?.(alias);
  if (fd === undefined) throw refuse('OPERATION_FAILED', at, 'the host has started no vhost-user-gpu');
  return chardev('socket', { id: `chr-vu-${alias}`, fd });
}

const primaryDrivers: Partial<Record<Type, string>> = {
  vga: 'VGA',
  cirrus: 'cirrus-vga',
  vmvga: 'vmware-svga',
  qxl: 'qxl-vga',
  bochs: 'bochs-display',
  ramfb: 'ramfb',
};

const secondaryDrivers: Partial<Record<Type, string>> = { qxl: 'qxl' };

function driverProps(one: Video, { primary, at }: Place): JsonObject {
  const { type } = one.model;
  if (type === 'virtio') return virtioDriver(one, primary);
  const driver = (primary ? primaryDrivers : secondaryDrivers)[type];
  if (driver !== undefined) return { driver };
  if (primary) throw unsupported(`${at}/model`, `QEMU has no video of model '${type}'`);
  throw unsupported(`${at}/model`, `video of model '${type}' can only be the first`);
}

/** With VGA in it for firmware and old guests when it comes first. */
function virtioDriver(one: Video, primary: boolean): JsonObject {
  const gl = one.model.acceleration?.accel3d && !isVhostUser(one);
  if (primary && isVhostUser(one)) return { driver: 'vhost-user-vga' };
  if (primary) return { driver: gl ? 'virtio-vga-gl' : 'virtio-vga', ...virtioProps(one.driver) };
  const base = isVhostUser(one) ? 'vhost-user-gpu' : gl ? 'virtio-gpu-gl' : 'virtio-gpu';
  return { driver: virtioName(base, one.address ? { address: one.address } : {}), ...virtioProps(one.driver) };
}

const KIB_PER_MIB = 1024;
const BYTES_PER_KIB = 1024;

/** Sizes of the definition are in KiB; what it does not say, defaults have said. */
function memoryProps({ model }: Video): JsonObject {
  const { type, heads, ram, vram, vram64, vgamem } = model;
  switch (type) {
    case 'qxl':
      return {
        max_outputs: heads === 0 ? undefined : heads,
        ram_size: bytes(ram),
        vram_size: bytes(vram),
        vram64_size_mb: (vram64 ?? 0) / KIB_PER_MIB,
        vgamem_mb: mib(vgamem),
      };
    case 'virtio':
      return { max_outputs: heads === 0 ? undefined : heads, blob: model.blob };
    case 'vga':
    case 'vmvga':
      return { vgamem_mb: mib(vram) };
    case 'bochs':
      return { vgamem: bytes(vram) };
    default:
      return {};
  }
}

const bytes = (kib: number | undefined): number | undefined => (kib === undefined ? undefined : kib * BYTES_PER_KIB);
const mib = (kib: number | undefined): number | undefined => (kib === undefined ? undefined : kib / KIB_PER_MIB);

const resolution = ({ model }: Video): JsonObject => ({ xres: model.resolution?.x, yres: model.resolution?.y });
