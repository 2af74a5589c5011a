import { readFileSync, readdirSync } from 'node:fs';
import { SystemError, close, ioctl, openCharacterDevice, withNetns, withSysfs } from '@virtbus/libc';
import {
  IFF_MULTI_QUEUE,
  IFF_NO_PI,
  IFF_TAP,
  IFF_VNET_HDR,
  IFLA,
  IFLA_INFO,
  IFLA_MACVLAN,
  IFNAMSIZ,
  MACVLAN_MODE,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  RTM_NEWLINK,
  TUNGETFEATURES,
  TUNSETIFF,
  TUNSETOFFLOAD,
} from './constants.js';
import type { MacvlanMode } from './link.js';
import type { LinkRef } from './links.js';
import { Message } from './message.js';
import { parseMac } from './net-text.js';
import type { Rtnetlink } from './rtnetlink.js';
import type { Tap } from './tap.js';

export interface MacvtapAttributes {
  readonly name: string;
  /** The link below, through which frames leave the host. */
  readonly parent: LinkRef;
  readonly mode: MacvlanMode;
  /** In mode `passthrough` the kernel gives it its parent's whatever is asked: change the parent's, or the macvtap's afterwards. */
  readonly mac: string;
}

/**
 * Creates a macvtap, down, with its parent's MTU.
 * @throws NetlinkError EEXIST when a link of that name exists, EINVAL where the parent already has one in mode `passthrough` or takes
 * none beside others, EBUSY for a parent that is a bridge's port, ENODEV when the parent is gone
 */
export function createMacvtap(rtnetlink: Rtnetlink, { name, parent, mode, mac }: MacvtapAttributes): void {
  const message = new Message(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
    .linkHeader({})
    .name(IFLA.IFNAME, name)
    .number(IFLA.LINK, parent.index)
    .bytes(IFLA.ADDRESS, parseMac(mac))
    .nest(IFLA.LINKINFO, (info) =>
      info.text(IFLA_INFO.KIND, 'macvtap').nest(IFLA_INFO.DATA, (data) => data.number(IFLA_MACVLAN.MODE, MACVLAN_MODE[mode])),
    );
  rtnetlink.request(message, name);
}

export interface MacvtapRequest {
  readonly link: LinkRef;
  /** Prefix every packet with a virtio-net header. */
  readonly vnetHdr: boolean;
  readonly queues: number;
  /** The network namespace's path; absent for this process's own. */
  readonly netns?: string;
  /** A directory in which a device node can be made for the moment of opening. Default /dev. */
  readonly nodes?: string;
}

const ENODEV = 19;
/** `struct ifreq`: the name, then flags. */
const ifreqBytes = 40;

/**
 * Opens the queues of a macvtap. Unlike a tap it stays when its descriptors are closed.
 * @throws SystemError ENODEV when there is no such macvtap, EBUSY for more queues than the kernel has; what was opened is closed again
 */
export function openMacvtap(request: MacvtapRequest): Tap {
  const { link, netns, queues } = request;
  const device = deviceOf(link, netns);
  return withNetns(netns, () => {
    const fds: number[] = [];
    try {
      for (let queue = 0; queue < Math.max(queues, 1); queue++) {
        fds.push(openCharacterDevice(`/dev/tap${link.index}`, device, `${request.nodes ?? '/dev'}/.tap${link.index}.${process.pid}`));
        prepareQueue(fds.at(-1) ?? -1, request);
      }
      return { name: link.name, fds };
    } catch (error) {
      fds.forEach(close);
      throw error;
    }
  });
}

/** `/dev/tapINDEX` is no name for it: namespaces number their links each from 1, and /dev is one for all. */
function deviceOf({ name, index }: LinkRef, netns: string | undefined): { readonly major: number; readonly minor: number } {
  const text = withSysfs(netns, (sysfs) => {
    const directory = `${sysfs}/class/net/${name}`;
    const present = entriesOf(directory).includes(`tap${index}`);
    return present ? readFileSync(`${directory}/tap${index}/dev`, 'utf8') : '';
  });
  const [, major, minor] = /^(\d+):(\d+)/.exec(text) ?? [];
  if (major === undefined || minor === undefined) throw new SystemError('open', ENODEV, name);
  return { major: Number(major), minor: Number(minor) };
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    // Gone: the same answer as a link that is no macvtap.
    return [];
  }
}

/** A queue begins with a header on its packets, and with what its parent can do for it. */
function prepareQueue(fd: number, { link, vnetHdr, queues }: MacvtapRequest): void {
  const features = Buffer.alloc(4);
  ioctl(fd, TUNGETFEATURES, features);
  const header = vnetHdr ? features.readUInt32LE(0) & IFF_VNET_HDR : 0;
  const asked = Buffer.alloc(ifreqBytes);
  asked.writeUInt16LE(IFF_TAP | IFF_NO_PI | header | (queues > 1 ? IFF_MULTI_QUEUE : 0), IFNAMSIZ);
  try {
    ioctl(fd, TUNSETIFF, asked);
    if (header === 0) ioctl(fd, TUNSETOFFLOAD, 0);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new SystemError('TUNSETIFF', error.errno, link.name);
  }
}
