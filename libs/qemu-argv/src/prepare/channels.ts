/** Sockets of agents: a channel that listens and names no path gets one in the host's directory. */
import type { Channel, Devices } from '../domain-parts.js';

/** @param directory one of the domain's own; undefined leaves the channels as they are. */
export const withSockets = (devices: Devices, directory: string | undefined): Devices['channel'] =>
  directory === undefined ? devices.channel : devices.channel.map((channel) => withSocket(channel, directory));

export function withSocket(channel: Channel, directory: string): Channel {
  if (channel.type !== 'unix' || channel.source?.path !== undefined || channel.target.type !== 'virtio') return channel;
  return { ...channel, source: { mode: 'bind', seclabel: [], path: `${directory}/${channel.target.name ?? nameByPlace(channel)}` } };
}

/** A channel without a name of its own is told apart by where it sits. */
function nameByPlace({ address }: Channel): string {
  const place = address?.type === 'virtio-serial' ? [address.controller, address.bus, address.port] : [0, 0, 0];
  return `vioser-${place.map((number) => String(number).padStart(2, '0')).join('-')}.sock`;
}
