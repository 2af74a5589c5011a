/** Programs and questions on the terminal of this process. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';

const SIGNALLED = 128;

export async function writePrivate(content: string): Promise<string> {
  const path = join(tmpdir(), `virtbus-${randomBytes(6).toString('hex')}.xml`);
  await writeFile(path, content, { mode: 0o600, flag: 'wx' });
  return path;
}

export function runProgram(program: string, args: readonly string[]): Promise<number> {
  // Ctrl-C is the program's affair while it runs.
  const leave = (): void => undefined;
  process.on('SIGINT', leave);
  return new Promise<number>((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (status, signal) => resolve(status ?? SIGNALLED + (signal ? constants.signals[signal] : 0)));
  }).finally(() => process.off('SIGINT', leave));
}

export async function askUser(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  try {
    return await Promise.race([lines.question(question), closed]);
  } finally {
    lines.close();
  }
}
