import {
  IFA,
  IFA_F_NODAD,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  RTM_DELADDR,
  RTM_GETADDR,
  RTM_NEWADDR,
} from './constants.js';
import { attributesIn } from './decode.js';
import type { LinkRef } from './links.js';
import { Message } from './message.js';
import { broadcastOf, familyName, familyNumber, formatAddress, parseAddress, type Family } from './net-text.js';
import { unless } from './refusal.js';
import type { Rtnetlink } from './rtnetlink.js';

export interface LinkAddress {
  readonly family: Family;
  readonly address: string;
  readonly prefix: number;
  /** The other end's, where the link is one between two; `prefix` is then its. */
  readonly peer?: string;
}

function request(type: number, flags: number, link: LinkRef, { family, address, prefix, peer = address }: LinkAddress): Message {
  return new Message(type, NLM_F_REQUEST | NLM_F_ACK | flags)
    .addressHeader({ family: familyNumber(family), prefix, index: link.index })
    .bytes(IFA.LOCAL, parseAddress(family, address))
    .bytes(IFA.ADDRESS, parseAddress(family, peer));
}

const subject = (link: LinkRef, { address, prefix }: LinkAddress): string => `${address}/${prefix} on ${link.name}`;

/**
 * Adds an address to a link. IPv6 addresses are usable at once: duplicate address detection is skipped, which on a bridge without
 * ports would not end. Answers false when the link had it. @throws NetlinkError, RangeError for text that is no address
 */
export function addAddress(rtnetlink: Rtnetlink, link: LinkRef, address: LinkAddress): boolean {
  const message = request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, link, address);
  if (address.family === 'ipv6') message.number(IFA.FLAGS, IFA_F_NODAD);
  else if (address.prefix < 31 && address.peer === undefined) message.bytes(IFA.BROADCAST, broadcastOf(address.address, address.prefix));
  return unless('EEXIST', () => rtnetlink.request(message, subject(link, address)));
}

/** Answers false when the link did not have it. @throws NetlinkError, RangeError */
export function removeAddress(rtnetlink: Rtnetlink, link: LinkRef, address: LinkAddress): boolean {
  return unless('EADDRNOTAVAIL', () => rtnetlink.request(request(RTM_DELADDR, 0, link, address), subject(link, address)));
}

/** Both families' addresses of a link. @throws NetlinkError */
export function listAddresses(rtnetlink: Rtnetlink, link: LinkRef): LinkAddress[] {
  const message = new Message(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP).addressHeader({ family: 0, prefix: 0, index: link.index });
  return rtnetlink.dump(message, (payload, type) => readAddress(payload, type, link.index));
}

const addressHeaderBytes = 8;

function readAddress(payload: Buffer, type: number, index: number): LinkAddress | undefined {
  if (type !== RTM_NEWADDR) return undefined;
  const attributes = attributesIn(payload, addressHeaderBytes);
  if (payload.readUInt32LE(4) !== index) return undefined;
  const family = familyName(payload.readUInt8(0));
  // IFA_ADDRESS is the peer's on a point-to-point link.
  const address = formatAddress(attributes.get(IFA.LOCAL) ?? attributes.get(IFA.ADDRESS));
  return family === undefined || address === undefined ? undefined : { family, address, prefix: payload.readUInt8(1) };
}
