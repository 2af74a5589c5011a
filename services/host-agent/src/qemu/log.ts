import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Starts the line that tells a run's command. QEMU's own lines start with a time or with its name. */
const HEADER = '# ';
const ROTATE_BYTES = 2 * 1024 * 1024;
/** What is read of a log, whatever its size. */
const WINDOW_BYTES = 16 * 1024;
const WORDS_BYTES = 1024;
/** What QEMU says in every run, when it comes to the monitor's socket. */
const NO_NEWS = /^.*: info: QEMU waiting for connection on: .*\n?/m;

/** Opens a domain's log for appending, and begins a run in it. Makes its directory when absent. @returns a descriptor, the caller's to close */
export function openLog(path: string, command: readonly string[], now: Date): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_BYTES) renameSync(path, `${path}.old`);
  const log = openSync(path, 'a', 0o600);
  try {
    writeSync(log, `${HEADER}${now.toISOString()} starting: ${command.map(quoted).join(' ')}\n`);
    return log;
  } catch (cause) {
    closeSync(log);
    throw cause;
  }
}

/** The end of what QEMU said in its last run, at most 1 KiB, from the beginning of a line; empty when it was silent or there is no log. */
export async function lastWords(path: string): Promise<string> {
  const text = await endOf(path);
  const header = Math.max(text.startsWith(HEADER) ? 0 : -1, text.lastIndexOf(`\n${HEADER}`));
  const run = header < 0 ? text : text.slice(text.indexOf('\n', header + 1) + 1);
  const words = run.replace(NO_NEWS, '').trim();
  return words.length <= WORDS_BYTES ? words : fromLineStart(words.slice(-WORDS_BYTES));
}

async function endOf(path: string): Promise<string> {
  const log = await open(path, 'r').catch(() => undefined);
  if (!log) return '';
  try {
    const { size } = await log.stat();
    const { buffer, bytesRead } = await log.read(Buffer.alloc(WINDOW_BYTES), 0, WINDOW_BYTES, Math.max(0, size - WINDOW_BYTES));
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await log.close();
  }
}

function fromLineStart(text: string): string {
  return text.slice(text.indexOf('\n') + 1);
}

function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
