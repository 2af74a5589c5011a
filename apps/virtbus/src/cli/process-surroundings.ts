import { chmod, mkdir, open, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Keyboard, Surroundings } from './surroundings.js';

/** Signals that ask to end: Ctrl-C, kill, and a terminal that goes away. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Node itself gives the terminal back when the process exits, also by an error; of the signals only a listener does. */
class TerminalKeyboard implements Keyboard {
  private listener: ((bytes: Uint8Array) => void) | undefined;

  get isTTY(): boolean | undefined {
    return process.stdin.isTTY;
  }

  takeOver(listener: (bytes: Uint8Array) => void): void {
    this.listener = listener;
    process.stdin.setRawMode(true);
    process.stdin.on('data', listener);
    process.stdin.resume();
  }

  giveBack(): void {
    if (!this.listener) return;
    process.stdin.off('data', this.listener);
    this.listener = undefined;
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }
}

const tooLarge = (limitBytes: number): NodeJS.ErrnoException =>
  Object.assign(new Error(`more than ${limitBytes} bytes`), { code: 'EFBIG' });

async function collect(chunks: AsyncIterable<Buffer | string>, limitBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > limitBytes) throw tooLarge(limitBytes);
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function readFile(path: string, limitBytes: number): Promise<string> {
  if (path === '-') return collect(process.stdin, limitBytes);
  const file = await open(path);
  try {
    return await collect(file.createReadStream({ autoClose: false }), limitBytes);
  } finally {
    await file.close();
  }
}

function onInterrupt(listener: () => void): () => void {
  for (const signal of ENDING) process.on(signal, listener);
  return () => {
    for (const signal of ENDING) process.off(signal, listener);
  };
}

/** This process. */
export const processSurroundings = (): Surroundings => ({
  stdout: process.stdout,
  stderr: process.stderr,
  keyboard: new TerminalKeyboard(),
  environment: process.env,
  uid: process.getuid?.() ?? 0,
  readFile,
  modeOf: async (path) => (await stat(path)).mode & 0o777,
  writeFile: async (path, content, mode) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content, mode === undefined ? {} : { mode });
    // A file that was there keeps its mode otherwise.
    if (mode !== undefined) await chmod(path, mode);
  },
  // Few commands need them.
  openSource: async (path) => (await import('./byte-files.js')).openSource(path),
  createTarget: async (path) => (await import('./byte-files.js')).createTarget(path),
  writePrivate: async (content) => (await import('./terminal-dialogue.js')).writePrivate(content),
  runProgram: async (program, args) => (await import('./terminal-dialogue.js')).runProgram(program, args),
  askUser: async (question) => (await import('./terminal-dialogue.js')).askUser(question),
  removeFile: (path) => rm(path, { force: true }),
  onInterrupt,
});
