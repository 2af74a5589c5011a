import type { ChannelDef } from '../devices/character-devices.js';
import type { DevicesDef } from '../devices/devices.js';

/**
 * Drops the socket paths that libvirt would make by itself: they name the domain's directory of one run, and would be
 * wrong in the next.
 */
export function dropMadePaths(devices: DevicesDef, directory: string): DevicesDef {
  return { ...devices, channel: devices.channel.map((channel) => (isMade(channel, directory) ? withoutSource(channel) : channel)) };
}

function isMade(channel: ChannelDef, directory: string): boolean {
  if (channel.type !== 'unix' || channel.target.type !== 'virtio' || channel.target.name === undefined) return false;
  const { path } = channel.source ?? {};
  if (!path?.startsWith(`${directory}/`)) return false;
  const rest = path.slice(directory.length + 1).replace(/^target\//, '');
  const { name } = channel.target;
  return rest.endsWith(name) && /^([^/]+\.|domain-[^/]+\/)$/.test(rest.slice(0, -name.length));
}

function withoutSource(channel: ChannelDef): ChannelDef {
  if (channel.type !== 'unix') return channel;
  const { source: _, ...rest } = channel;
  return rest;
}
