/** What the command line needs of the process that it runs in. Tests give their own. */

import type { Piece } from './fleet.js';

export interface Sink {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
}

/** A terminal's input while a console has it. */
export interface Keyboard {
  readonly isTTY: boolean | undefined;
  /** Every key goes to the listener as it is pressed, also those that mean something to the terminal. */
  takeOver(listener: (bytes: Uint8Array) => void): void;
  /** Gives the terminal back as it was. May be called again. */
  giveBack(): void;
}

/** What a file holds, from its beginning. */
export interface ByteSource {
  /** Undefined when nobody can know: a pipe. */
  readonly sizeBytes: number | undefined;
  /** @throws NodeJS.ErrnoException */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** The same with holes where nothing was written; undefined of what is no file. Instead of `pieces`. @throws NodeJS.ErrnoException */
  readonly sparse?: () => AsyncIterable<Piece>;
  close(): Promise<void>;
}

/** A file that comes to be. */
export interface ByteTarget {
  /** The next bytes. @throws NodeJS.ErrnoException */
  write(bytes: Uint8Array): Promise<void>;
  /** So many zeros, which take no space in a file. @throws NodeJS.ErrnoException */
  skip(length: number): Promise<void>;
  /** All of it is there: only from now on the file has its name. @throws NodeJS.ErrnoException */
  keep(): Promise<void>;
  /** Nothing of it stays. May be called after `keep`, and then does nothing. */
  drop(): Promise<void>;
}

export interface Surroundings {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly keyboard: Keyboard;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  /** @throws NodeJS.ErrnoException; `-` is standard input */
  readFile(path: string, limitBytes: number): Promise<string>;
  /** The permission bits of a file. @throws NodeJS.ErrnoException */
  modeOf(path: string): Promise<number>;
  /** Makes the file or replaces what is in it, and the directories above it. With a mode, nobody else sees it. @throws NodeJS.ErrnoException */
  writeFile(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  /** `-` is standard input. @throws NodeJS.ErrnoException */
  openSource(path: string): Promise<ByteSource>;
  /** Instead of a file that is there, which stays as it is until all of the new one is there. @throws NodeJS.ErrnoException */
  createTarget(path: string): Promise<ByteTarget>;
  /** No error where there is none. @throws NodeJS.ErrnoException */
  removeFile(path: string): Promise<void>;
  /** A new file that nobody else may read, in the place for such. @returns where. @throws NodeJS.ErrnoException */
  writePrivate(content: string): Promise<string>;
  /** Runs a program on this terminal until it ends, which gets the signals of its keyboard. @returns its exit status. @throws NodeJS.ErrnoException */
  runProgram(program: string, args: readonly string[]): Promise<number>;
  /** Asks whoever sits at the terminal. @returns undefined when there is no terminal, or nobody answers */
  askUser(question: string): Promise<string | undefined>;
  /** Calls the listener on Ctrl-C and on a request to end, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}
