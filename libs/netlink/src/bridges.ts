import {
  AF_BRIDGE,
  IFLA,
  IFLA_BR,
  IFLA_BRPORT,
  IFLA_INFO,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  RTM_NEWLINK,
  RTM_SETLINK,
} from './constants.js';
import type { PortFlags } from './link.js';
import { getLink, type LinkRef } from './links.js';
import { Message } from './message.js';
import { parseMac } from './net-text.js';
import { unless } from './refusal.js';
import type { Rtnetlink } from './rtnetlink.js';

export interface BridgeAttributes {
  /** In 1/100 s. While STP is on the kernel refuses (ERANGE) what is outside 200..3000; turning STP on clamps to it. */
  readonly forwardDelayCs?: number;
  readonly stp?: boolean;
}

/** The kernel applies these in an order of its own (br_changelink): the delay, then STP, then VLAN filtering. */
function withAttributes(message: Message, attributes: BridgeAttributes & { readonly vlanFiltering?: boolean }): Message {
  return message.nest(IFLA.LINKINFO, () =>
    message.text(IFLA_INFO.KIND, 'bridge').nest(IFLA_INFO.DATA, () => {
      if (attributes.forwardDelayCs !== undefined) message.number(IFLA_BR.FORWARD_DELAY, attributes.forwardDelayCs);
      if (attributes.stp !== undefined) message.number(IFLA_BR.STP_STATE, Number(attributes.stp));
      if (attributes.vlanFiltering !== undefined) message.byte(IFLA_BR.VLAN_FILTERING, attributes.vlanFiltering);
    }),
  );
}

const changeOf = (bridge: LinkRef): Message => new Message(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK).linkHeader({ index: bridge.index });

/**
 * Creates a bridge, down. An MTU given afterwards by `setLink` counts as set by the user, so that ports no longer lower it.
 * @throws NetlinkError EEXIST when a link of that name exists
 */
export function createBridge(rtnetlink: Rtnetlink, bridge: { readonly name: string; readonly mac?: string } & BridgeAttributes): void {
  const flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
  const message = new Message(RTM_NEWLINK, flags).linkHeader({}).name(IFLA.IFNAME, bridge.name);
  if (bridge.mac !== undefined) message.bytes(IFLA.ADDRESS, parseMac(bridge.mac));
  rtnetlink.request(withAttributes(message, bridge), bridge.name);
}

/** Changes a bridge's attributes; what is not named stays. @throws NetlinkError ENODEV, ERANGE */
export const setBridge = (rtnetlink: Rtnetlink, bridge: LinkRef, attributes: BridgeAttributes): void =>
  rtnetlink.request(withAttributes(changeOf(bridge), attributes), bridge.name);

/**
 * Turns VLAN filtering of a bridge on or off. A kernel built without it refuses the attribute or, an older one, ignores it in silence,
 * so the answer is read back. @throws NetlinkError ENODEV
 */
export function setVlanFiltering(rtnetlink: Rtnetlink, bridge: LinkRef, vlanFiltering: boolean): 'done' | 'unsupported' {
  const accepted = unless('ENOTSUP', () => rtnetlink.request(withAttributes(changeOf(bridge), { vlanFiltering }), bridge.name));
  return accepted && getLink(rtnetlink, bridge.index)?.bridge?.vlanFiltering === vlanFiltering ? 'done' : 'unsupported';
}

const portAttributes: readonly (readonly [keyof PortFlags, number])[] = [
  ['learning', IFLA_BRPORT.LEARNING],
  ['unicastFlood', IFLA_BRPORT.UNICAST_FLOOD],
  ['multicastFlood', IFLA_BRPORT.MCAST_FLOOD],
  ['broadcastFlood', IFLA_BRPORT.BCAST_FLOOD],
  ['isolated', IFLA_BRPORT.ISOLATED],
  ['hairpin', IFLA_BRPORT.MODE],
  ['guard', IFLA_BRPORT.GUARD],
  ['neighSuppress', IFLA_BRPORT.NEIGH_SUPPRESS],
  ['locked', IFLA_BRPORT.LOCKED],
];

/** Sets flags of a bridge port; what is not named stays. @throws NetlinkError EINVAL or ENOTSUP when the link is no bridge port */
export function setPortFlags(rtnetlink: Rtnetlink, port: LinkRef, flags: Partial<PortFlags>): void {
  const message = new Message(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK).linkHeader({ family: AF_BRIDGE, index: port.index });
  message.nest(IFLA.PROTINFO, () => {
    for (const [name, attribute] of portAttributes) {
      const value = flags[name];
      if (value !== undefined) message.byte(attribute, value);
    }
  });
  rtnetlink.request(message, port.name);
}
