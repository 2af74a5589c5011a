/** Sockets of agents: a channel that listens and names no path gets one in the host's directory. */
import type { Channel, Devices } from '../domain-parts.js';

/** @param directory one of the domain's own; undefined leaves the channels as they are. */
export const withSockets = (devices: Devices, directory: string | undefined): Devices['channel'] =>
  directory === undefined ? devices.channel : devices.channel.map((channel) => withSocket(channel, directory));

export function withSocket(channel: Channel, directory: string): Channel {
  if (channel.type !== 'unix' || channel.source?.path !== undefined || channel.target.type !== 'virtio') return channel;
  const name = channel.target.name ?? 'channel';
  return { ...channel, source: { mode: 'bind', seclabel: [], path: `${directory}/${name}` } };
}
