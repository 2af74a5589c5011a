import { constants } from 'node:fs';
import { SystemError, close, ioctl, open, withNetns } from '@virtbus/libc';
import { IFF_MULTI_QUEUE, IFF_NO_PI, IFF_TAP, IFF_TUN_EXCL, IFF_VNET_HDR, IFNAMSIZ, TUNGETFEATURES, TUNSETIFF } from './constants.js';

export interface TapRequest {
  /** A name, or a template such as `mytap%d` that the kernel completes with the lowest free number. */
  readonly name: string;
  /** Prefix every packet with a virtio-net header, where the kernel can. */
  readonly vnetHdr: boolean;
  /** Queues to open; more than one makes a multi-queue tap. */
  readonly queues: number;
  /** Join a persistent tap that is there, instead of making one. */
  readonly existing?: boolean;
  /** The network namespace's path; absent for this process's own. */
  readonly netns?: string;
}

export interface Tap {
  /** The name that the kernel gave. */
  readonly name: string;
  /** One per queue, close-on-exec. The tap is not persistent: it goes when the last copy of the last of them is closed. */
  readonly fds: readonly number[];
}

const EEXIST = 17;
const ENAMETOOLONG = 36;
/** `struct ifreq`: the name, then flags. */
const ifreqBytes = 40;

/**
 * Creates a tap and opens its queues; it is down and has a random MAC.
 * @throws SystemError EEXIST when a link of that name exists, EINVAL for a name that the kernel refuses, ENAMETOOLONG beyond 15 bytes,
 * EBUSY for an existing tap that another process has, ENOENT or ENODEV without /dev/net/tun, E2BIG for too many queues; whatever was opened is closed again
 */
export function openTap(request: TapRequest): Tap {
  if (Buffer.byteLength(request.name) >= IFNAMSIZ) throw new SystemError('TUNSETIFF', ENAMETOOLONG, request.name);
  return withNetns(request.netns, () => openQueues(request));
}

function openQueues({ name: wanted, vnetHdr, queues, existing = false }: TapRequest): Tap {
  const fds: number[] = [];
  const flags = IFF_TAP | IFF_NO_PI | (vnetHdr ? IFF_VNET_HDR : 0) | (queues > 1 ? IFF_MULTI_QUEUE : 0);
  try {
    let name = wanted;
    for (let queue = 0; queue < Math.max(queues, 1); queue++) {
      const fd = open('/dev/net/tun', constants.O_RDWR);
      fds.push(fd);
      // Without IFF_TUN_EXCL the first queue could join a persistent tap that someone else made.
      name = attach(fd, name, supported(fd, flags) | (queue === 0 && !existing ? IFF_TUN_EXCL : 0));
    }
    return { name, fds };
  } catch (error) {
    fds.forEach(close);
    throw error;
  }
}

/** Only the header is optional: a tap without it works, more slowly. */
function supported(fd: number, flags: number): number {
  if ((flags & IFF_VNET_HDR) === 0) return flags;
  const features = Buffer.alloc(4);
  ioctl(fd, TUNGETFEATURES, features);
  return (features.readUInt32LE(0) & IFF_VNET_HDR) === 0 ? flags & ~IFF_VNET_HDR : flags;
}

function attach(fd: number, name: string, flags: number): string {
  const request = Buffer.alloc(ifreqBytes);
  request.write(name, 'utf8');
  request.writeUInt16LE(flags, IFNAMSIZ);
  try {
    ioctl(fd, TUNSETIFF, request);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const isNew = (flags & IFF_TUN_EXCL) !== 0;
    throw new SystemError('TUNSETIFF', isNew && error.code === 'EBUSY' ? EEXIST : error.errno, name);
  }
  return request.toString('utf8', 0, request.indexOf(0));
}
