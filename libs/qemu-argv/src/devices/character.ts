/** Serial and parallel ports, channels and consoles. */
import { device, netdev, type Argv } from '../argv/options.js';
import { chardevArgs, chardevId } from '../chardev/chardev.js';
import { aliasOf, each, type Builder, type Context } from '../context.js';
import type { Channel, Console, Serial } from '../domain-parts.js';
import { withSocket } from '../prepare/channels.js';
import { unsupported } from '../refusal.js';
import { addressProps } from './device-address.js';

export const serials: Builder = (context) => each('serial', context.domain.devices.serial, (one, at) => serial(context, one, at));

function serial(context: Context, one: Serial, at: string): Argv {
  const alias = aliasOf(one, at);
  const id = chardevId(alias);
  const driver = one.target.model?.name ?? one.target.type ?? 'isa-serial';
  const index = driver === 'isa-serial' ? one.target.port : undefined;
  const place = addressProps(context, one, at);
  const ports = driver === 'isa-debugcon' ? { iobase: place['iobase'] } : place;
  return [...chardevArgs(context, one, { id, alias, at }), ...device({ driver, chardev: id, id: alias, index, ...ports })];
}

export const parallels: Builder = (context) =>
  each('parallel', context.domain.devices.parallel, (one, at) => {
    const alias = aliasOf(one, at);
    const id = chardevId(alias);
    return [...chardevArgs(context, one, { id, alias, parallel: true, at }), ...device({ driver: 'isa-parallel', chardev: id, id: alias })];
  });

export const channels: Builder = (context) => each('channel', context.domain.devices.channel, (one, at) => channel(context, one, at));

function channel(context: Context, given: Channel, at: string): Argv {
  const one = withSocket(given, context.host.paths.directory);
  const alias = aliasOf(one, at);
  const id = chardevId(alias);
  const ends = chardevArgs(context, one, { id, alias, spiceName: 'vdagent', at });
  const { target } = one;
  switch (target.type) {
    case 'guestfwd':
      return [...ends, ...netdev({ type: 'user', guestfwd: [{ str: `tcp:${target.address}:${target.port}-chardev:${id}` }], id: alias })];
    case 'virtio':
      return [
        ...ends,
        ...device({ driver: 'virtserialport', ...addressProps(context, one, at), chardev: id, id: alias, name: nameOf(one) }),
      ];
    default:
      throw unsupported(at, `a channel cannot end in '${target.type}' with QEMU`);
  }
}

/** An agent's channel is found by its name. */
function nameOf({ type, target }: Channel): string | undefined {
  const implied = type === 'spicevmc' ? 'com.redhat.spice.0' : undefined;
  return (target.type === 'virtio' ? target.name : undefined) ?? implied;
}

/** A console of type `serial` is a serial port, and built as one. */
export const consoles: Builder = (context) =>
  each('console', context.domain.devices.console, (one, at) => (one.target.type === 'serial' ? [] : virtioConsole(context, one, at)));

function virtioConsole(context: Context, one: Console, at: string): Argv {
  if (one.target.type !== 'virtio') throw unsupported(at, `a console cannot end in '${one.target.type ?? 'serial'}' on x86`);
  const alias = aliasOf(one, at);
  const id = chardevId(alias);
  const place = addressProps(context, one, at);
  return [...chardevArgs(context, one, { id, alias, at }), ...device({ driver: 'virtconsole', ...place, chardev: id, id: alias })];
}
