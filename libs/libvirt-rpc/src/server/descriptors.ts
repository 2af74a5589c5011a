import type { Duplex } from 'node:stream';
import { send, sendWithDescriptors } from '@virtbus/libc';
import type { Frame } from '../wire/frame.js';
import { ProtocolError } from '../wire/frame-splitter.js';
import { MAX_DESCRIPTORS } from '../wire/numbers.js';

const NO_SIGNAL = 0x4000;

/** How many descriptors a call brings along. @throws ProtocolError when there are more than a message may bring */
export function descriptorsAfter({ payload }: Frame): number {
  const count = payload.length < 4 ? 0 : payload.readUInt32BE(0);
  if (count > MAX_DESCRIPTORS) throw new ProtocolError(`${count} descriptors with one call, where ${MAX_DESCRIPTORS} may be`);
  return count;
}

/**
 * Sends a frame and after it each descriptor with a byte of its own, as libvirt's peers do. Beside Node's stream, once nothing waits in
 * it: nothing may come between a frame and what it brings along. To a client that has gone, nothing is sent.
 * @throws SystemError EAGAIN when the client does not read, EPIPE; Error when not all of the frame went
 */
export async function sendWithEach(transport: Duplex, frame: Buffer, descriptors: readonly number[]): Promise<void> {
  while (transport.writableLength > 0) await new Promise((written) => transport.write('', written));
  if (transport.destroyed) return;
  const socket = descriptorOf(transport);
  const sent = send(socket, frame, NO_SIGNAL);
  if (sent < frame.length) throw new Error(`${sent} of ${frame.length} bytes of a reply went to a client that does not read`);
  for (const descriptor of descriptors) sendWithDescriptors(socket, Buffer.of(0), [descriptor]);
}

/** Node shows a socket's descriptor only on its internal handle, where it has been since 0.x. */
function descriptorOf(transport: Duplex): number {
  const handle: unknown = Reflect.get(transport, '_handle');
  const descriptor: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof descriptor !== 'number' || descriptor < 0) throw new Error('the client’s transport has no descriptor');
  return descriptor;
}
