import { SystemError } from '@virtbus/libc';
import { RTMGRP_LINK, RTM_DELLINK, RTM_NEWLINK } from './constants.js';
import { messagesIn } from './decode.js';
import { readLink, type Link } from './link.js';
import { openTransport, type Transport } from './transport.js';

export type LinkEvent =
  | { readonly type: 'changed'; readonly link: Link }
  | { readonly type: 'removed'; readonly link: Link }
  /** The kernel had to drop notifications: only `listLinks` says what is true now. */
  | { readonly type: 'lost' };

const receiveBytes = 65_536;

/**
 * Tells of every link that is made, changed or removed in a namespace. Node cannot wait for a netlink socket to become readable, and a
 * blocking receive would hold one of its four pool threads, so the socket is looked at every `intervalMs` (an empty look takes 2 µs).
 * @throws SystemError when the namespace does not exist
 */
export function watchLinks(
  options: { readonly netns?: string; readonly intervalMs?: number },
  listener: (event: LinkEvent) => void,
): { close(): void } {
  const transport = openTransport(options.netns, RTMGRP_LINK);
  const buffer = Buffer.alloc(receiveBytes);
  const timer = setInterval(() => readAll(transport, buffer, listener), options.intervalMs ?? 100);
  timer.unref();
  let closed = false;
  return {
    close: () => {
      if (closed) return;
      closed = true;
      clearInterval(timer);
      transport.close();
    },
  };
}

function readAll(transport: Transport, buffer: Buffer, listener: (event: LinkEvent) => void): void {
  for (;;) {
    const length = receiveOrCode(transport, buffer);
    if (length === 'EAGAIN') return;
    if (length === 'ENOBUFS' || length > buffer.length) listener({ type: 'lost' });
    else eventsIn(buffer.subarray(0, length)).forEach(listener);
  }
}

function receiveOrCode(transport: Transport, buffer: Buffer): number | 'EAGAIN' | 'ENOBUFS' {
  try {
    return transport.receive(buffer);
  } catch (error) {
    if (error instanceof SystemError && (error.code === 'EAGAIN' || error.code === 'ENOBUFS')) return error.code;
    throw error;
  }
}

function eventsIn(datagram: Buffer): LinkEvent[] {
  return messagesIn(datagram).flatMap(({ type, payload }): LinkEvent[] => {
    if (type !== RTM_NEWLINK && type !== RTM_DELLINK) return [];
    const link = readLink(payload, RTM_NEWLINK);
    if (!link) return [];
    return [{ type: type === RTM_NEWLINK ? 'changed' : 'removed', link }];
  });
}
