import type { Piece } from '../fleet.js';
import type { ByteSource, ByteTarget, Surroundings } from '../surroundings.js';

const missing = (path: string): Error => Object.assign(new Error(`ENOENT: '${path}'`), { code: 'ENOENT' });

/** A process that is none: what it reads is given, what it writes is kept. */
export class FakeSurroundings implements Surroundings {
  written = '';
  complained = '';
  isTerminal = false;
  readonly files = new Map<string, string | Error>();
  /** What files were not written, by its lengths. */
  readonly skipped: number[] = [];
  readonly modes = new Map<string, number>();
  readonly environment: Record<string, string> = {};
  readonly uid = 0;
  readonly interrupts = new Set<() => void>();
  /** Who gets the keys now. */
  keys: ((bytes: Uint8Array) => void) | undefined;
  taken = 0;

  readonly stdout = { write: (text: string | Uint8Array) => void (this.written += Buffer.from(text).toString('utf8')) };

  get stderr() {
    return { write: (text: string | Uint8Array) => void (this.complained += Buffer.from(text).toString('utf8')), isTTY: this.isTerminal };
  }

  get keyboard() {
    return {
      isTTY: this.isTerminal,
      takeOver: (listener: (bytes: Uint8Array) => void) => {
        this.keys = listener;
        this.taken += 1;
      },
      giveBack: () => {
        this.keys = undefined;
      },
    };
  }

  readonly readFile = async (path: string, limitBytes: number): Promise<string> => {
    const content = this.files.get(path) ?? missing(path);
    if (content instanceof Error) throw content;
    if (content.length > limitBytes) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
    return content;
  };

  readonly modeOf = async (path: string): Promise<number> => this.modes.get(path) ?? 0o644;

  readonly writeFile = async (path: string, content: string | Uint8Array, mode?: number): Promise<void> => {
    if (mode !== undefined) this.modes.set(path, mode);
    this.files.set(path, typeof content === 'string' ? content : Buffer.from(content).toString('latin1'));
  };

  /** What a file that is being written fails with. */
  full: Error | undefined;

  readonly openSource = async (path: string): Promise<ByteSource> => {
    const bytes = Buffer.from(await this.readFile(path, Infinity), 'latin1');
    const pieces = (async function* () {
      for (let at = 0; at < bytes.length; at += 5) yield bytes.subarray(at, at + 5);
    })();
    const sparse = async function* (): AsyncGenerator<Piece> {
      for (const run of bytes.toString('latin1').match(/_+|[^_]+/g) ?? [])
        yield run.startsWith('_') ? { hole: run.length } : Buffer.from(run);
    };
    return { sizeBytes: bytes.length, pieces, sparse, close: async () => undefined };
  };

  readonly createTarget = async (path: string): Promise<ByteTarget> => {
    const there = this.files.get(path);
    if (there instanceof Error) throw there;
    const parts: Uint8Array[] = [];
    return {
      write: async (bytes) => {
        if (this.full) throw this.full;
        parts.push(bytes);
      },
      skip: async (length) => {
        this.skipped.push(length);
        parts.push(Buffer.from('_'.repeat(length)));
      },
      keep: async () => void this.files.set(path, Buffer.concat(parts).toString('latin1')),
      drop: async () => undefined,
    };
  };

  /** What the editor makes of a text, once for each time that it is opened. */
  edits: ((text: string) => string | number | Error)[] = [];
  answers: string[] = [];
  readonly ran: (readonly string[])[] = [];
  readonly asked: string[] = [];

  readonly writePrivate = async (content: string): Promise<string> => {
    this.files.set('/tmp/edited.xml', content);
    this.modes.set('/tmp/edited.xml', 0o600);
    return '/tmp/edited.xml';
  };

  readonly runProgram = async (program: string, args: readonly string[]): Promise<number> => {
    this.ran.push([program, ...args]);
    const path = args.at(-1) ?? '';
    const result = this.edits.shift()?.(String(this.files.get(path))) ?? 0;
    if (result instanceof Error) throw result;
    if (typeof result === 'string') this.files.set(path, result);
    return typeof result === 'number' ? result : 0;
  };

  readonly askUser = async (question: string): Promise<string | undefined> => {
    this.asked.push(question);
    return this.answers.shift();
  };

  readonly removeFile = async (path: string): Promise<void> => {
    this.files.delete(path);
  };

  readonly onInterrupt = (listener: () => void): (() => void) => {
    this.interrupts.add(listener);
    return () => this.interrupts.delete(listener);
  };

  interrupt(): void {
    for (const listener of this.interrupts) listener();
  }
}
