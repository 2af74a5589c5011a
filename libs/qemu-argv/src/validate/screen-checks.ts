import type { Audio, Graphics, Video } from '../domain-parts.js';
import { contradiction, type DeviceCheck } from './finding.js';

const VNC_PASSWORD_LENGTH = 8;

const password: DeviceCheck<Graphics> = (one) =>
  one.type === 'vnc' && (one.passwd?.length ?? 0) > VNC_PASSWORD_LENGTH
    ? { says: `a password of VNC has ${VNC_PASSWORD_LENGTH} characters at most`, at: '/@passwd' }
    : undefined;

const openGl: DeviceCheck<Graphics> = (one) =>
  one.type === 'spice' && one.gl && one.gl.enable === undefined ? contradiction('gl says neither yes nor no', '/gl') : undefined;

const peer: DeviceCheck<Graphics> = (one) =>
  one.type === 'dbus' && one.p2p && one.address !== undefined ? contradiction('a peer of D-Bus has no address', '/@address') : undefined;

export const graphicsChecks: readonly DeviceCheck<Graphics>[] = [password, openGl, peer];

const KIB_PER_MIB = 1024;

const memories = ['vram', 'vgamem', 'ram'] as const;

const memory: DeviceCheck<Video> = ({ model }) => {
  if (!['vga', 'qxl', 'vmvga'].includes(model.type)) return undefined;
  const small = memories.find((name) => model[name] !== undefined && (model[name] ?? 0) > 0 && (model[name] ?? 0) < KIB_PER_MIB);
  if (small !== undefined) return { says: `${small} is 1 MiB at least`, at: '/model' };
  return model.vgamem !== undefined && !Number.isInteger(Math.log2(model.vgamem))
    ? { says: 'vgamem is a power of two', at: '/model/@vgamem' }
    : undefined;
};

const heads: DeviceCheck<Video> = ({ model }) =>
  (model.heads ?? 1) > 1 && model.type !== 'qxl' && model.type !== 'virtio'
    ? { says: `a card of type '${model.type}' has one head`, at: '/model/@heads' }
    : undefined;

const acceleration: DeviceCheck<Video> = ({ model }) =>
  model.acceleration?.accel3d && model.type !== 'virtio'
    ? { says: 'only virtio cards draw in three dimensions', at: '/model/acceleration' }
    : undefined;

const renderer: DeviceCheck<Video> = ({ driver, model }) =>
  driver?.name === 'vhostuser' && model.type !== 'virtio'
    ? { says: 'only virtio cards are rendered by another process', at: '/driver' }
    : undefined;

export const videoChecks: readonly DeviceCheck<Video>[] = [memory, heads, acceleration, renderer];

/** Settings bind QEMU's mixer, or they are not kept. */
const fixedSettings: DeviceCheck<Audio> = ({ input, output }) =>
  [input, output].some((stream) => stream?.settings && !stream.fixedSettings) ? 'settings of audio need fixedSettings' : undefined;

export const audioChecks: readonly DeviceCheck<Audio>[] = [fixedSettings];
