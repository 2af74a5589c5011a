import {
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  RTA,
  RTM_GETROUTE,
  RTM_NEWROUTE,
  RTN_UNICAST,
  RTPROT_RA,
  RTPROT_STATIC,
  RT_TABLE_MAIN,
} from './constants.js';
import { attributesIn, numberOf, optional } from './decode.js';
import { Message } from './message.js';
import { familyName, familyNumber, formatAddress, parseAddress, type Family } from './net-text.js';
import { unless } from './refusal.js';
import type { Rtnetlink } from './rtnetlink.js';

/** A unicast route of the main table. */
export interface Route {
  readonly family: Family;
  /** The destination network; `0.0.0.0` or `::` with prefix 0 is the default route. */
  readonly destination: string;
  readonly prefix: number;
  readonly gateway?: string;
  readonly metric?: number;
  /** The index of the link; of a multipath route, the first one. */
  readonly link?: number;
  /** True when the kernel took it from a router advertisement. Not looked at by `addRoute`. */
  readonly advertised?: boolean;
}

/** Adds a static route. Answers false when it was there. @throws NetlinkError ENETUNREACH, RangeError for text that is no address */
export function addRoute(rtnetlink: Rtnetlink, route: Route): boolean {
  const message = new Message(RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
    .routeHeader({
      family: familyNumber(route.family),
      prefix: route.prefix,
      table: RT_TABLE_MAIN,
      protocol: RTPROT_STATIC,
      type: RTN_UNICAST,
    })
    .bytes(RTA.DST, parseAddress(route.family, route.destination));
  if (route.gateway !== undefined) message.bytes(RTA.GATEWAY, parseAddress(route.family, route.gateway));
  if (route.metric !== undefined) message.number(RTA.PRIORITY, route.metric);
  if (route.link !== undefined) message.number(RTA.OIF, route.link);
  return unless('EEXIST', () => rtnetlink.request(message, `route to ${route.destination}/${route.prefix}`));
}

/** The unicast routes of the main table. @throws NetlinkError */
export function listRoutes(rtnetlink: Rtnetlink, family: Family): Route[] {
  const message = new Message(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP).routeHeader({
    family: familyNumber(family),
    prefix: 0,
    table: 0,
    protocol: 0,
    type: 0,
  });
  return rtnetlink.dump(message, readRoute);
}

const routeHeaderBytes = 12;

function readRoute(payload: Buffer, type: number): Route | undefined {
  if (type !== RTM_NEWROUTE) return undefined;
  const attributes = attributesIn(payload, routeHeaderBytes);
  const family = familyName(payload.readUInt8(0));
  const table = numberOf(attributes.get(RTA.TABLE)) ?? payload.readUInt8(4);
  if (family === undefined || table !== RT_TABLE_MAIN || payload.readUInt8(7) !== RTN_UNICAST) return undefined;
  return {
    family,
    destination: formatAddress(attributes.get(RTA.DST)) ?? (family === 'ipv4' ? '0.0.0.0' : '::'),
    prefix: payload.readUInt8(1),
    ...optional('gateway', formatAddress(attributes.get(RTA.GATEWAY))),
    ...optional('metric', numberOf(attributes.get(RTA.PRIORITY))),
    ...optional('advertised', payload.readUInt8(5) === RTPROT_RA ? true : undefined),
    ...optional('link', numberOf(attributes.get(RTA.OIF)) ?? firstHopLink(attributes.get(RTA.MULTIPATH))),
  };
}

/** `struct rtnexthop`: length, flags, hops, then the link's index. */
const firstHopLink = (hops: Buffer | undefined): number | undefined => (hops && hops.length >= 8 ? hops.readInt32LE(4) : undefined);
