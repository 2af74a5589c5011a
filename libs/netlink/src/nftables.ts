import { NETLINK_NETFILTER, NFNL_SUBSYS_NFTABLES, NFTA_GEN_ID, NFT_MSG_GETGEN, NLM_F_REQUEST } from './constants.js';
import { attributesIn } from './decode.js';
import { Message } from './message.js';
import { Rtnetlink } from './rtnetlink.js';
import { openTransport } from './transport.js';

/** `struct nfgenmsg` */
const headerBytes = 4;

/** Whether anything about nftables has changed in a network namespace, for the price of one request (10 µs). */
export class NftGeneration {
  private readonly netlink: Rtnetlink;

  /** @throws SystemError, also when the namespace does not exist */
  constructor(netns?: string) {
    this.netlink = new Rtnetlink(openTransport(netns, 0, NETLINK_NETFILTER));
  }

  /** A number that every transaction of whoever changes. Undefined when the kernel says none. @throws NetlinkError */
  read(): number | undefined {
    const message = new Message((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETGEN, NLM_F_REQUEST).rawHeader(headerBytes);
    return this.netlink.get(message, (payload) => {
      const id = attributesIn(payload, headerBytes).get(NFTA_GEN_ID);
      return id && id.length >= 4 ? id.readUInt32BE(0) : undefined;
    });
  }

  close(): void {
    this.netlink.close();
  }
}
