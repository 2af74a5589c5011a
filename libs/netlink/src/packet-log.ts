import { SystemError } from '@virtbus/libc';
import * as c from './constants.js';
import { attributesIn, messagesIn, type Received } from './decode.js';
import { Message } from './message.js';
import { Rtnetlink } from './rtnetlink.js';
import { openTransport, type Transport } from './transport.js';

/** A packet that a rule of nftables has logged to a group. */
export interface LoggedPacket {
  /** The index of the link that it came in by; of a bridge, the port. */
  readonly link: number;
  /** The frame's header: 14 bytes of Ethernet. */
  readonly header: Buffer;
  /** From the network header on, as much as is copied. */
  readonly packet: Buffer;
}

/** `struct nfgenmsg` */
const headerBytes = 4;
const receiveBytes = 65_536;
/** `struct nfulnl_msg_config_mode` */
const modeBytes = 6;

/** What rules `log group N` hand over, in a network namespace. A group has one listener. */
export class PacketLog {
  private readonly buffer = Buffer.alloc(receiveBytes);
  private readonly waiting: LoggedPacket[] = [];

  private constructor(private readonly transport: Transport) {}

  /** `copyBytes` of each packet are told. @throws NetlinkError EBUSY when somebody else listens; SystemError */
  static open(netns: string | undefined, { group, copyBytes }: { readonly group: number; readonly copyBytes: number }): PacketLog {
    const transport = openTransport(netns, 0, c.NETLINK_NETFILTER);
    const netlink = new Rtnetlink(transport);
    const configure = (attribute: number, value: Uint8Array): void => {
      const type = (c.NFNL_SUBSYS_ULOG << 8) | c.NFULNL_MSG_CONFIG;
      const message = new Message(type, c.NLM_F_REQUEST | c.NLM_F_ACK).netfilterHeader({ number: group });
      netlink.request(message.bytes(attribute, value), `log group ${group}`);
    };
    try {
      configure(c.NFULA_CFG.CMD, Buffer.of(c.NFULNL_CFG_CMD_BIND));
      const mode = Buffer.alloc(modeBytes);
      mode.writeUInt32BE(copyBytes, 0);
      mode.writeUInt8(c.NFULNL_COPY_PACKET, 4);
      configure(c.NFULA_CFG.MODE, mode);
      // Each packet is told at once; the kernel would gather a hundred.
      configure(c.NFULA_CFG.QTHRESH, Buffer.of(0, 0, 0, 1));
      return new PacketLog(transport);
    } catch (error) {
      transport.close();
      throw error;
    }
  }

  /** The next packet that was logged. Undefined when none waits; those that the kernel had no room for are left out. */
  next(): LoggedPacket | undefined {
    for (;;) {
      const packet = this.waiting.shift();
      if (packet) return packet;
      const received = this.receive();
      if (received === 'nothing') return undefined;
      this.waiting.push(...received.flatMap((message) => packetIn(message) ?? []));
    }
  }

  close(): void {
    this.transport.close();
  }

  private receive(): Received[] | 'nothing' {
    try {
      const length = this.transport.receive(this.buffer);
      // The next datagram overwrites this one.
      return length > this.buffer.length ? [] : messagesIn(Buffer.from(this.buffer.subarray(0, length)));
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EAGAIN') return 'nothing';
      if (error instanceof SystemError && error.code === 'ENOBUFS') return [];
      throw error;
    }
  }
}

function packetIn({ type, payload }: Received): LoggedPacket | undefined {
  if (type !== ((c.NFNL_SUBSYS_ULOG << 8) | c.NFULNL_MSG_PACKET)) return undefined;
  const attributes = attributesIn(payload, headerBytes);
  const link = attributes.get(c.NFULA.IFINDEX_PHYSINDEV) ?? attributes.get(c.NFULA.IFINDEX_INDEV);
  const [header, packet] = [attributes.get(c.NFULA.HWHEADER), attributes.get(c.NFULA.PAYLOAD)];
  return link && header && packet ? { link: link.readUInt32BE(0), header, packet } : undefined;
}
