import { IFLA, IFLA_INFO, NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REQUEST, RTM_NEWLINK } from './constants.js';
import { Message } from './message.js';
import { unless } from './refusal.js';
import type { Rtnetlink } from './rtnetlink.js';

/**
 * Creates an intermediate functional block, down: a link whose queues shape what is redirected to it. Answers false when a link of that
 * name exists. @throws NetlinkError ENOTSUP without the kind
 */
export function createIfb(rtnetlink: Rtnetlink, name: string): boolean {
  const message = new Message(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL).linkHeader({}).name(IFLA.IFNAME, name);
  message.nest(IFLA.LINKINFO, () => message.text(IFLA_INFO.KIND, 'ifb'));
  return unless('EEXIST', () => rtnetlink.request(message, name));
}
