import { SystemError } from '@virtbus/libc';
import { messagesIn, type Received } from './decode.js';
import { openTransport, type Transport } from './transport.js';

const receiveBytes = 65_536;

export interface WatchOptions {
  readonly netns?: string | undefined;
  readonly intervalMs?: number;
}

/**
 * Hears multicast groups (RTMGRP_…) of a namespace; `lost` when the kernel had to drop messages. Node cannot wait for a netlink socket to
 * become readable, and a blocking receive would hold one of its four pool threads, so the socket is looked at every `intervalMs` (an
 * empty look takes 2 µs).
 * @throws SystemError when the namespace does not exist
 */
export function watchGroups(
  options: WatchOptions & { readonly groups: number },
  listener: (message: Received | 'lost') => void,
): { close(): void } {
  const transport = openTransport(options.netns, options.groups);
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

function readAll(transport: Transport, buffer: Buffer, listener: (message: Received | 'lost') => void): void {
  for (;;) {
    const length = receiveOrCode(transport, buffer);
    if (length === 'EAGAIN') return;
    if (length === 'ENOBUFS' || length > buffer.length) listener('lost');
    else messagesIn(buffer.subarray(0, length)).forEach(listener);
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
