/** Ways to see and use the guest's screen. */
import { keyValues, type Argv } from '../argv/options.js';
import { placed, type Builder, type Context } from '../context.js';
import type { Graphics } from '../domain-parts.js';
import { unsupported } from '../refusal.js';
import { spice } from './graphics-spice.js';
import { vnc } from './graphics-vnc.js';

/** Without any, QEMU would open a window. */
export const noDisplay: Builder = ({ domain }) => (domain.devices.graphics.length === 0 ? ['-display', 'none'] : []);

export const graphics: Builder = (context) =>
  placed('graphics', context.domain.devices.graphics).flatMap(({ device, at }, index, all) => {
    if (all.slice(0, index).some((other) => other.device.type === device.type)) {
      throw unsupported(at, 'there is already a screen of this type');
    }
    return screen(context, device, at);
  });

function screen(context: Context, one: Graphics, at: string): Argv {
  switch (one.type) {
    case 'vnc':
      return vnc(context, one, at);
    case 'spice':
      return spice(context, one, at);
    case 'sdl':
      return [...(one.fullscreen ? ['-full-screen'] : []), '-display', keyValues('sdl', { gl: one.gl?.enable })];
    case 'egl-headless':
      return headless(context, one, at);
    case 'dbus':
      return dbus(context, one);
    default:
      throw unsupported(at, `QEMU has no screen of type '${one.type}'`);
  }
}

type Of<T extends Graphics['type']> = Extract<Graphics, { readonly type: T }>;

/** Renders for another display, on the host's GPU. */
function headless({ domain, host }: Context, one: Of<'egl-headless'>, at: string): Argv {
  const others = domain.devices.graphics.filter(({ type }) => type !== 'egl-headless');
  if (others.some(({ type }) => type !== 'vnc' && type !== 'spice')) {
    throw unsupported(at, 'egl-headless draws for vnc or spice, and there is neither');
  }
  return ['-display', keyValues('egl-headless', { rendernode: one.gl?.rendernode ?? host.renderNode })];
}

function dbus({ host }: Context, one: Of<'dbus'>): Argv {
  const end = one.p2p ? { p2p: true } : { addr: one.address ?? `unix:path=${host.paths.directory}/dbus.sock` };
  const gl = one.gl?.enable ? { gl: true, rendernode: one.gl.rendernode ?? host.renderNode } : {};
  return ['-display', keyValues('dbus', { ...end, ...gl, audiodev: one.audio && `audio${one.audio.id}` })];
}
