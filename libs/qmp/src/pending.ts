import { deferred } from './deferred.js';
import { CommandTimeout, QmpError } from './errors.js';

interface Waiting {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Commands on their way, by the id that QEMU gives back. An answer whose command has timed out finds nobody and is dropped. */
export class PendingCommands {
  readonly #waiting = new Map<unknown, Waiting>();
  #lastId = 0;

  open(command: string, timeoutMs: number): { id: number; answer: Promise<unknown> } {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = deferred<unknown>();
    const timer = setTimeout(() => this.#take(id)?.reject(new CommandTimeout(command, timeoutMs)), timeoutMs);
    this.#waiting.set(id, { command, resolve, reject, timer });
    return { id, answer: promise };
  }

  resolve(id: unknown, value: unknown): void {
    this.#take(id)?.resolve(value);
  }

  refuse(id: unknown, errorClass: string, desc: string): void {
    const waiting = this.#take(id);
    waiting?.reject(new QmpError(waiting.command, errorClass, desc));
  }

  fail(id: unknown, error: Error): void {
    this.#take(id)?.reject(error);
  }

  failAll(error: Error): void {
    for (const id of [...this.#waiting.keys()]) this.fail(id, error);
  }

  #take(id: unknown): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (!waiting) return undefined;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    return waiting;
  }
}
