import {
  IFF_ALLMULTI,
  IFF_MULTICAST,
  IFF_PROMISC,
  IFF_UP,
  IFLA,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  RTEXT_FILTER_SKIP_STATS,
  RTM_GETLINK,
  RTM_SETLINK,
} from './constants.js';
import { readLink, type Link } from './link.js';
import { Message } from './message.js';
import { parseMac } from './net-text.js';
import { unlessAbsent } from './refusal.js';
import type { Rtnetlink } from './rtnetlink.js';

/** What names a link in errors and finds it for the kernel. */
export type LinkRef = Pick<Link, 'index' | 'name'>;

/** Every link of the namespace. @throws NetlinkError */
export const listLinks = (rtnetlink: Rtnetlink): Link[] =>
  rtnetlink.dump(
    new Message(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP).linkHeader({}).number(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS),
    readLink,
  );

/** A link by name or index; undefined when there is none, or when the text could not be a name. @throws NetlinkError */
export function getLink(rtnetlink: Rtnetlink, which: string | number): Link | undefined {
  if (typeof which === 'string' && !fitsName(which)) return undefined;
  const message = new Message(RTM_GETLINK, NLM_F_REQUEST).linkHeader(typeof which === 'number' ? { index: which } : {});
  if (typeof which === 'string') message.name(IFLA.IFNAME, which);
  message.number(IFLA.EXT_MASK, RTEXT_FILTER_SKIP_STATS);
  return unlessAbsent(() => rtnetlink.get(message, readLink, String(which)));
}

const fitsName = (text: string): boolean => text !== '' && Buffer.byteLength(text) < 16;

export interface LinkChange {
  readonly up?: boolean;
  readonly promiscuous?: boolean;
  readonly allMulticast?: boolean;
  readonly multicast?: boolean;
  /** The index of the new master; 0 takes the link off its present one. */
  readonly master?: number;
  readonly mtu?: number;
  readonly mac?: string;
  readonly group?: number;
}

/** Changes a link; what is not named stays. @throws NetlinkError ENODEV, EINVAL (an MTU or MAC that the device refuses), EBUSY … */
export function setLink(rtnetlink: Rtnetlink, link: LinkRef, to: LinkChange): void {
  const message = new Message(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK).linkHeader({ index: link.index, ...flagsOf(to) });
  if (to.mac !== undefined) message.bytes(IFLA.ADDRESS, parseMac(to.mac));
  if (to.mtu !== undefined) message.number(IFLA.MTU, to.mtu);
  if (to.group !== undefined) message.number(IFLA.GROUP, to.group);
  if (to.master !== undefined) message.number(IFLA.MASTER, to.master);
  rtnetlink.request(message, link.name);
}

const flagNumbers = { up: IFF_UP, promiscuous: IFF_PROMISC, allMulticast: IFF_ALLMULTI, multicast: IFF_MULTICAST } as const;

function flagsOf(to: LinkChange): { readonly flags: number; readonly change: number } {
  const named = Object.entries(flagNumbers).map(([name, bit]) => ({ bit, to: to[name as keyof typeof flagNumbers] }));
  const sum = (bits: readonly { readonly bit: number }[]): number => bits.reduce((all, { bit }) => all | bit, 0);
  return { flags: sum(named.filter((one) => one.to === true)), change: sum(named.filter((one) => one.to !== undefined)) };
}
