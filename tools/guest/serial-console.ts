import { connect, type Socket } from 'node:net';

interface Awaited {
  readonly pattern: RegExp;
  readonly resolve: (match: RegExpExecArray) => void;
}

/** A guest's serial console on a unix socket of QEMU's, for tests: everything it says is kept. */
export class SerialConsole {
  readonly #socket: Socket;
  #text = '';
  #waiting: Awaited[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => this.#take(text));
    socket.on('error', () => undefined);
  }

  static async connect(path: string): Promise<SerialConsole> {
    const socket = connect(path);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new SerialConsole(socket);
  }

  get text(): string {
    return this.#text;
  }

  /** The first match from `from` on, in what was said or will be. @throws after `timeoutMs`, with the end of what was said instead */
  waitFor(pattern: RegExp, timeoutMs: number, from = 0): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== awaited);
        reject(new Error(`the console did not say ${String(pattern)} within ${timeoutMs} ms, but: ${this.#text.slice(-500)}`));
      }, timeoutMs);
      const fresh = new RegExp(pattern.source, `${pattern.flags.replaceAll(/[gy]/g, '')}g`);
      fresh.lastIndex = from;
      const awaited: Awaited = {
        pattern: fresh,
        resolve: (match) => {
          clearTimeout(late);
          resolve(match);
        },
      };
      this.#waiting.push(awaited);
      this.#take('');
    });
  }

  /** Types a line. */
  type(line: string): void {
    this.#socket.write(`${line}\n`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(text: string): void {
    this.#text += text;
    this.#waiting = this.#waiting.filter(({ pattern, resolve }) => {
      const from = pattern.lastIndex;
      const match = pattern.exec(this.#text);
      if (!match) pattern.lastIndex = from;
      else resolve(match);
      return !match;
    });
  }
}
