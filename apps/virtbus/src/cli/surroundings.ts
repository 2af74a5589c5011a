/** What the command line needs of the process that it runs in. Tests give their own. */

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
  /** No error where there is none. @throws NodeJS.ErrnoException */
  removeFile(path: string): Promise<void>;
  /** Calls the listener on Ctrl-C and on a request to end, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}
