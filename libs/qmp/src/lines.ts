import { ProtocolError } from './errors.js';

const NEWLINE = 0x0a;

/**
 * Cuts a byte stream into lines, holding at most `maxBytes` of a line that has no end yet: what a guest can fill (its filter tables, its
 * names) must not fill this process.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The lines that `chunk` completes, without their line ends; blank lines are left out.
   * @throws ProtocolError when a line is longer than the limit
   */
  *push(chunk: Buffer): Generator<string> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#hold(chunk.subarray(from, end));
      from = end + 1;
      const line = this.#take();
      if (line !== '') yield line;
    }
    this.#hold(chunk.subarray(from));
  }

  #hold(part: Buffer): void {
    this.#heldBytes += part.length;
    if (this.#heldBytes > this.#maxBytes) throw new ProtocolError(`a line is longer than ${this.#maxBytes} bytes`);
    if (part.length > 0) this.#held.push(part);
  }

  #take(): string {
    const line = Buffer.concat(this.#held, this.#heldBytes).toString('utf8').trim();
    this.#held = [];
    this.#heldBytes = 0;
    return line;
  }
}
