import { IFLA, NLM_F_REQUEST, RTM_GETLINK, RTM_NEWLINK } from './constants.js';
import { attributesIn } from './decode.js';
import { Message } from './message.js';
import { unlessAbsent } from './refusal.js';
import type { Rtnetlink } from './rtnetlink.js';

/** What a link has carried since it was made, as the host sees it (linux/if_link.h, rtnl_link_stats64). */
export interface LinkStatistics {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxErrors: number;
  readonly txErrors: number;
  readonly rxDropped: number;
  readonly txDropped: number;
}

const linkHeaderBytes = 16;
const fields = ['rxPackets', 'txPackets', 'rxBytes', 'txBytes', 'rxErrors', 'txErrors', 'rxDropped', 'txDropped'] as const;
const wordBytes = 8;

/** Undefined when there is no link of that name. @throws NetlinkError */
export function getLinkStatistics(rtnetlink: Rtnetlink, name: string): LinkStatistics | undefined {
  const message = new Message(RTM_GETLINK, NLM_F_REQUEST).linkHeader({});
  message.name(IFLA.IFNAME, name);
  return unlessAbsent(() => rtnetlink.get(message, readStatistics, name));
}

function readStatistics(payload: Buffer, type: number): LinkStatistics | undefined {
  if (type !== RTM_NEWLINK) return undefined;
  const words = attributesIn(payload, linkHeaderBytes).get(IFLA.STATS64);
  if (!words || words.length < fields.length * wordBytes) return undefined;
  const [rxPackets, txPackets, rxBytes, txBytes, rxErrors, txErrors, rxDropped, txDropped] = fields.map((_, at) =>
    Number(words.readBigUInt64LE(at * wordBytes)),
  ) as [number, number, number, number, number, number, number, number];
  return { rxPackets, txPackets, rxBytes, txBytes, rxErrors, txErrors, rxDropped, txDropped };
}
