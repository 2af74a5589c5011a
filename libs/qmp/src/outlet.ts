import type { Socket } from 'node:net';
import { sendWithDescriptors } from '@virtbus/libc';

/**
 * The writing half of the socket, one message at a time: descriptors travel by a sendmsg of their own, beside Node's stream, and must
 * not land inside a line that Node has only written in part.
 */
export class Outlet {
  readonly #socket: Socket;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** @throws what the system says (SystemError, or the stream's error); nothing was sent then, or the socket is broken. */
  send(line: Buffer, descriptors: readonly number[]): Promise<void> {
    const write = () => (descriptors.length > 0 ? this.#sendDescriptors(line, descriptors) : this.#write(line));
    const turn = this.#waiting > 0 ? this.#last.then(write, write) : write();
    this.#waiting++;
    this.#last = turn.finally(() => this.#waiting--).catch(() => undefined);
    return turn;
  }

  #write(line: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(line, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** All descriptors go with the first byte, so what the kernel did not take can follow through the stream. */
  async #sendDescriptors(line: Buffer, descriptors: readonly number[]): Promise<void> {
    const sent = sendWithDescriptors(descriptorOf(this.#socket), line, descriptors);
    if (sent < line.length) await this.#write(line.subarray(sent));
  }
}

/** Node shows a socket's descriptor only on its internal handle, where it has been since 0.x. */
function descriptorOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  const descriptor: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof descriptor !== 'number' || descriptor < 0) throw new Error('the monitor socket has no descriptor');
  return descriptor;
}
