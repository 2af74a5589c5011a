import { messagesIn } from './decode.js';
import type { Transport } from './transport.js';

/** Is told how many messages go to the kernel or come from it, as they do. */
export type Traffic = (direction: 'sent' | 'received', messages: number) => void;

/** A transport that says what passes through it. */
export const counted = (transport: Transport, traffic: Traffic): Transport => ({
  send: (bytes) => {
    traffic('sent', 1);
    transport.send(bytes);
  },
  sendAsync: (bytes) => {
    traffic('sent', 1);
    return transport.sendAsync(bytes);
  },
  receive: (into) => {
    const length = transport.receive(into);
    if (length <= into.length) traffic('received', messagesIn(into.subarray(0, length)).length);
    return length;
  },
  close: () => transport.close(),
});
