import {
  AF_BRIDGE,
  AF_INET,
  IFLA,
  IFLA_INFO,
  IFLA_VXLAN,
  NDA,
  NLM_F_ACK,
  NLM_F_APPEND,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  NTF_SELF,
  NUD_NOARP,
  NUD_PERMANENT,
  RTM_DELNEIGH,
  RTM_GETLINK,
  RTM_GETNEIGH,
  RTM_NEWLINK,
  RTM_NEWNEIGH,
} from './constants.js';
import { attributesIn, byteOf, nested, numberOf, textOf } from './decode.js';
import type { LinkRef } from './links.js';
import { Message } from './message.js';
import { formatAddress, formatMac, parseAddress, parseMac, type Family } from './net-text.js';
import { unless, unlessAbsent } from './refusal.js';
import type { Rtnetlink } from './rtnetlink.js';

/** A VXLAN link that sends only where it is told (ip-link(8), "vxlan"): it learns nothing. */
export interface VxlanSettings {
  readonly vni: number;
  /** The outer source address. */
  readonly local: string;
  /** UDP, of the outer packets. */
  readonly port: number;
}

/** Where frames for a MAC go; the MAC of zeros stands for what has no entry of its own, and may have several. */
export interface TunnelEntry {
  readonly mac: string;
  readonly via: string;
}

/** What is sent to nobody in particular goes to every entry of this. */
export const EVERYBODY = '00:00:00:00:00:00';

const familyOf = (address: string): Family => (address.includes(':') ? 'ipv6' : 'ipv4');

/** Creates a VXLAN link, down. @throws NetlinkError EEXIST when a link of that name, or one with that number and port, exists */
export function createVxlan(rtnetlink: Rtnetlink, link: VxlanSettings & { readonly name: string; readonly mtu?: number }): void {
  const { name, vni, local, mtu } = link;
  const port = Buffer.alloc(2);
  port.writeUInt16BE(link.port);
  const message = new Message(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL).linkHeader({}).name(IFLA.IFNAME, name);
  if (mtu !== undefined) message.number(IFLA.MTU, mtu);
  message.nest(IFLA.LINKINFO, () =>
    message.text(IFLA_INFO.KIND, 'vxlan').nest(IFLA_INFO.DATA, () => {
      message.number(IFLA_VXLAN.ID, vni).byte(IFLA_VXLAN.LEARNING, false).bytes(IFLA_VXLAN.PORT, port);
      message.bytes(familyOf(local) === 'ipv4' ? IFLA_VXLAN.LOCAL : IFLA_VXLAN.LOCAL6, parseAddress(familyOf(local), local));
    }),
  );
  rtnetlink.request(message, name);
}

/** The settings of a VXLAN link; undefined when there is no such link, or it is of another kind. @throws NetlinkError */
export function getVxlan(rtnetlink: Rtnetlink, name: string): (VxlanSettings & { readonly learning: boolean }) | undefined {
  const message = new Message(RTM_GETLINK, NLM_F_REQUEST).linkHeader({}).name(IFLA.IFNAME, name);
  return unlessAbsent(() => rtnetlink.get(message, readVxlan, name));
}

const linkHeaderBytes = 16;

function readVxlan(payload: Buffer, type: number): (VxlanSettings & { readonly learning: boolean }) | undefined {
  if (type !== RTM_NEWLINK) return undefined;
  const details = nested(attributesIn(payload, linkHeaderBytes).get(IFLA.LINKINFO));
  if (textOf(details.get(IFLA_INFO.KIND)) !== 'vxlan') return undefined;
  const values = nested(details.get(IFLA_INFO.DATA));
  const port = values.get(IFLA_VXLAN.PORT);
  return {
    vni: numberOf(values.get(IFLA_VXLAN.ID)) ?? 0,
    local: formatAddress(values.get(IFLA_VXLAN.LOCAL) ?? values.get(IFLA_VXLAN.LOCAL6)) ?? '',
    port: port && port.length >= 2 ? port.readUInt16BE(0) : 0,
    learning: (byteOf(values.get(IFLA_VXLAN.LEARNING)) ?? 0) !== 0,
  };
}

const tunnelRequest = (type: number, flags: number, link: LinkRef, { mac, via }: TunnelEntry): Message =>
  new Message(type, NLM_F_REQUEST | NLM_F_ACK | flags)
    .neighbourHeader({ family: AF_BRIDGE, index: link.index, state: NUD_NOARP | NUD_PERMANENT, flags: NTF_SELF })
    .bytes(NDA.LLADDR, parseMac(mac))
    .bytes(NDA.DST, parseAddress(familyOf(via), via));

const subject = ({ mac, via }: TunnelEntry, link: LinkRef): string => `${mac} via ${via} on ${link.name}`;

/** Frames for the MAC go to that address from now on; for `EVERYBODY` the address is one more. @throws NetlinkError ENODEV */
export function putTunnel(rtnetlink: Rtnetlink, link: LinkRef, entry: TunnelEntry): void {
  const flags = NLM_F_CREATE | (entry.mac === EVERYBODY ? NLM_F_APPEND : NLM_F_REPLACE);
  unless('EEXIST', () => rtnetlink.request(tunnelRequest(RTM_NEWNEIGH, flags, link, entry), subject(entry, link)));
}

/** Repeating it does nothing: of several entries of one MAC the kernel does not tell which are there. @throws NetlinkError ENODEV */
export function removeTunnel(rtnetlink: Rtnetlink, link: LinkRef, entry: TunnelEntry): void {
  unless('ENOENT', () => rtnetlink.request(tunnelRequest(RTM_DELNEIGH, 0, link, entry), subject(entry, link)));
}

/** Where a VXLAN link sends what. @throws NetlinkError */
export function listTunnels(rtnetlink: Rtnetlink, link: LinkRef): TunnelEntry[] {
  const message = new Message(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP)
    .neighbourHeader({ family: AF_BRIDGE, index: 0 })
    .number(NDA.IFINDEX, link.index);
  return rtnetlink.dump(message, (payload, type) => readTunnel(payload, type, link.index));
}

const neighbourHeaderBytes = 12;

function readTunnel(payload: Buffer, type: number, index: number): TunnelEntry | undefined {
  if (type !== RTM_NEWNEIGH || payload.readInt32LE(4) !== index) return undefined;
  const attributes = attributesIn(payload, neighbourHeaderBytes);
  const mac = formatMac(attributes.get(NDA.LLADDR));
  const via = formatAddress(attributes.get(NDA.DST));
  return mac === undefined || via === undefined ? undefined : { mac, via };
}

/** A neighbour that is known for good: nobody is asked where the address is. */
export interface Neighbour {
  readonly family: Family;
  readonly address: string;
  readonly mac: string;
}

const familyNumber = (family: Family): number => (family === 'ipv4' ? AF_INET : 10);

const neighbourRequest = (type: number, flags: number, link: LinkRef, { family, address }: Omit<Neighbour, 'mac'>): Message =>
  new Message(type, NLM_F_REQUEST | NLM_F_ACK | flags)
    .neighbourHeader({ family: familyNumber(family), index: link.index, state: NUD_PERMANENT })
    .bytes(NDA.DST, parseAddress(family, address));

/** Makes a permanent neighbour, or changes its MAC. @throws NetlinkError ENODEV */
export function putNeighbour(rtnetlink: Rtnetlink, link: LinkRef, neighbour: Neighbour): void {
  const message = neighbourRequest(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, link, neighbour).bytes(NDA.LLADDR, parseMac(neighbour.mac));
  rtnetlink.request(message, `${neighbour.address} on ${link.name}`);
}

/** Answers false when it was not there. @throws NetlinkError ENODEV */
export const removeNeighbour = (rtnetlink: Rtnetlink, link: LinkRef, neighbour: Omit<Neighbour, 'mac'>): boolean =>
  unless('ENOENT', () => rtnetlink.request(neighbourRequest(RTM_DELNEIGH, 0, link, neighbour), `${neighbour.address} on ${link.name}`));

/** A link's neighbours: those that were made for good, or all that have a MAC now. @throws NetlinkError */
export function listNeighbours(rtnetlink: Rtnetlink, link: LinkRef, which: 'permanent' | 'all' = 'permanent'): Neighbour[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const message = new Message(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP)
      .neighbourHeader({ family: familyNumber(family), index: 0 })
      .number(NDA.IFINDEX, link.index);
    return rtnetlink.dump(message, (payload, type) => readNeighbour(payload, type, { family, index: link.index, which }));
  });
}

interface Wanted {
  readonly family: Family;
  readonly index: number;
  readonly which: 'permanent' | 'all';
}

function readNeighbour(payload: Buffer, type: number, { family, index, which }: Wanted): Neighbour | undefined {
  if (type !== RTM_NEWNEIGH || payload.readInt32LE(4) !== index) return undefined;
  // NUD_NOARP alone: multicast and the like, which nobody resolved.
  const state = payload.readUInt16LE(8);
  if (which === 'permanent' ? (state & NUD_PERMANENT) === 0 : (state & NUD_NOARP) !== 0) return undefined;
  const attributes = attributesIn(payload, neighbourHeaderBytes);
  const mac = formatMac(attributes.get(NDA.LLADDR));
  const address = formatAddress(attributes.get(NDA.DST));
  return mac === undefined || address === undefined ? undefined : { family, address, mac };
}
