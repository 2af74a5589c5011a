import {
  AF_NETLINK,
  SOCK_NONBLOCK,
  SOCK_RAW,
  bind,
  close,
  connect,
  prepared,
  receive,
  send,
  sendAsync,
  setSocketOption,
  socket,
  withNetns,
} from '@virtbus/libc';
import { NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK, NETLINK_ROUTE, SOL_NETLINK } from './constants.js';

/** Datagrams to the kernel and back. The kernel answers within `send`, so `receive` never waits. */
export interface Transport {
  send(bytes: Uint8Array): void;
  /** The same on another thread, for requests that the kernel takes long over. */
  sendAsync(bytes: Uint8Array): Promise<void>;
  /** Answers the datagram's full length, which exceeds the buffer when it was cut off. @throws SystemError EAGAIN, ENOBUFS */
  receive(into: Buffer): number;
  close(): void;
}

const MSG_TRUNC = 0x20;

/** `struct sockaddr_nl`; port 0 is the kernel's, or asks for a port of one's own. */
function netlinkAddress(groups: number): Uint8Array {
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(groups, 8);
  return address;
}

/**
 * A netlink socket, of rtnetlink unless another family is named, bound to a network namespace for life. `groups` (RTMGRP_…) are the multicast groups it hears.
 * @throws SystemError, also when the namespace does not exist
 */
export function openTransport(netns: string | undefined, groups = 0, family = NETLINK_ROUTE): Transport {
  const fd = withNetns(netns, () => socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, family));
  prepared(fd, () => {
    bind(fd, netlinkAddress(groups));
    // A connected socket takes datagrams from the kernel alone: no other process can forge an answer.
    connect(fd, netlinkAddress(0));
    const options = [NETLINK_CAP_ACK, NETLINK_EXT_ACK, ...(family === NETLINK_ROUTE ? [NETLINK_GET_STRICT_CHK] : [])];
    for (const option of options) setSocketOption(fd, SOL_NETLINK, option, 1);
  });
  return {
    send: (bytes) => void send(fd, bytes),
    sendAsync: async (bytes) => void (await sendAsync(fd, bytes)),
    receive: (into) => receive(fd, into, MSG_TRUNC),
    close: () => close(fd),
  };
}
