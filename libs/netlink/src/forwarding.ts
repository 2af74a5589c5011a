import {
  AF_BRIDGE,
  NDA,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  NTF_MASTER,
  NUD_NOARP,
  NUD_PERMANENT,
  NUD_REACHABLE,
  RTM_DELNEIGH,
  RTM_GETNEIGH,
  RTM_NEWNEIGH,
} from './constants.js';
import { attributesIn, numberOf } from './decode.js';
import type { LinkRef } from './links.js';
import { Message } from './message.js';
import { formatMac, parseMac } from './net-text.js';
import { unless } from './refusal.js';
import type { Rtnetlink } from './rtnetlink.js';

/** One entry of a bridge's forwarding table (bridge(8), "fdb"). */
export interface ForwardingEntry {
  readonly mac: string;
  /** The index of the port behind which the address is. */
  readonly port: number;
  readonly vlan?: number;
  /** `permanent`: the port's own address. `static`: never ages. `learned`: seen in traffic. */
  readonly state: 'permanent' | 'static' | 'learned';
}

const request = (type: number, flags: number, port: LinkRef, mac: string): Message =>
  new Message(type, NLM_F_REQUEST | NLM_F_ACK | flags)
    .neighbourHeader({ family: AF_BRIDGE, index: port.index, state: NUD_NOARP | NUD_REACHABLE, flags: NTF_MASTER })
    .bytes(NDA.LLADDR, parseMac(mac));

/**
 * Adds a static entry to the port's bridge: the address is forwarded to the port and never ages. Answers false when the bridge has an entry for
 * that address, whichever its port and state.
 * @throws NetlinkError ENODEV, ENOTSUP when the link is no bridge port
 */
export function addForwarding(rtnetlink: Rtnetlink, port: LinkRef, mac: string): boolean {
  return unless('EEXIST', () => rtnetlink.request(request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, port, mac), `${mac} to ${port.name}`));
}

/** The same, and an entry of that address for another port, or a learned one, becomes this one. @throws as `addForwarding` */
export function replaceForwarding(rtnetlink: Rtnetlink, port: LinkRef, mac: string): void {
  rtnetlink.request(request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, port, mac), `${mac} to ${port.name}`);
}

/** Removes an entry from the port's bridge. Answers false when it was not there. @throws NetlinkError ENODEV, ENOTSUP */
export function removeForwarding(rtnetlink: Rtnetlink, port: LinkRef, mac: string): boolean {
  return unless('ENOENT', () => rtnetlink.request(request(RTM_DELNEIGH, 0, port, mac), `${mac} to ${port.name}`));
}

/** The forwarding table of a bridge. @throws NetlinkError */
export function listForwarding(rtnetlink: Rtnetlink, bridge: LinkRef): ForwardingEntry[] {
  const message = new Message(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP)
    .neighbourHeader({ family: AF_BRIDGE, index: 0 })
    .number(NDA.MASTER, bridge.index);
  return rtnetlink.dump(message, (payload, type) => readEntry(payload, type, bridge.index));
}

/** The entry of one address in the bridge's table, in no VLAN; undefined when there is none. As quick with many as with few. @throws NetlinkError */
export function getForwarding(rtnetlink: Rtnetlink, bridge: LinkRef, mac: string): ForwardingEntry | undefined {
  const message = new Message(RTM_GETNEIGH, NLM_F_REQUEST)
    .neighbourHeader({ family: AF_BRIDGE, index: 0 })
    .bytes(NDA.LLADDR, parseMac(mac))
    .number(NDA.MASTER, bridge.index);
  let found: ForwardingEntry | undefined;
  unless(
    'ENOENT',
    () => (found = rtnetlink.get(message, (payload, type) => readEntry(payload, type, bridge.index), `${mac} on ${bridge.name}`)),
  );
  return found;
}

const neighbourHeaderBytes = 12;

function readEntry(payload: Buffer, type: number, bridge: number): ForwardingEntry | undefined {
  if (type !== RTM_NEWNEIGH) return undefined;
  const attributes = attributesIn(payload, neighbourHeaderBytes);
  const mac = formatMac(attributes.get(NDA.LLADDR));
  // A port's own unicast list is dumped too, without a master.
  if (mac === undefined || numberOf(attributes.get(NDA.MASTER)) !== bridge) return undefined;
  const vlan = attributes.get(NDA.VLAN);
  return {
    mac,
    port: payload.readInt32LE(4),
    state: stateOf(payload.readUInt16LE(8)),
    ...(vlan && vlan.length >= 2 && { vlan: vlan.readUInt16LE(0) }),
  };
}

function stateOf(state: number): ForwardingEntry['state'] {
  if ((state & NUD_PERMANENT) !== 0) return 'permanent';
  return (state & NUD_NOARP) !== 0 ? 'static' : 'learned';
}
