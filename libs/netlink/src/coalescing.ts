import { AF_INET, SOCK_DGRAM, SystemError, addressOf, close, ioctl, socket, withNetns } from '@virtbus/libc';
import { ETHTOOL_GCOALESCE, ETHTOOL_SCOALESCE, IFNAMSIZ, SIOCETHTOOL } from './constants.js';

/** How many frames a link gathers before it hands them on (ethtool -c). */

/** `struct ifreq`: the name, then the address of the order. */
const ifreqBytes = 40;
/** `struct ethtool_coalesce`: 23 numbers, the order first, the third `rx_max_coalesced_frames`. */
const coalesceBytes = 92;
const rxFramesAt = 8;

/** @throws SystemError ENODEV; ENOTSUP for a link that gathers none */
export const getRxFrames = (netns: string | undefined, name: string): number =>
  order(netns, name, request(ETHTOOL_GCOALESCE)).readUInt32LE(rxFramesAt);

/** The kernel takes no more than it can, 64 of a tap. @throws SystemError ENODEV; ENOTSUP for a link that gathers none */
export function setRxFrames(netns: string | undefined, name: string, frames: number): void {
  const wanted = request(ETHTOOL_SCOALESCE);
  wanted.writeUInt32LE(frames, rxFramesAt);
  order(netns, name, wanted);
}

function request(command: number): Buffer {
  const bytes = Buffer.alloc(coalesceBytes);
  bytes.writeUInt32LE(command, 0);
  return bytes;
}

function order(netns: string | undefined, name: string, bytes: Buffer): Buffer {
  const asked = Buffer.alloc(ifreqBytes);
  asked.write(name, 0, IFNAMSIZ - 1, 'utf8');
  asked.writeBigUInt64LE(addressOf(bytes), IFNAMSIZ);
  const fd = withNetns(netns, () => socket(AF_INET, SOCK_DGRAM, 0));
  try {
    ioctl(fd, SIOCETHTOOL, asked);
    return bytes;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new SystemError('SIOCETHTOOL', error.errno, name);
  } finally {
    close(fd);
  }
}
