import { spawn } from 'node:child_process';
import { withNetns } from '@virtbus/libc';

/** How a command ended. */
export interface CommandEnd {
  readonly status: number | 'killed' | 'missing';
  /** What it wrote to standard error, at most 4 KiB; when the program is not installed, that. */
  readonly said: string;
  /** What it wrote to standard output, where that was wanted. */
  readonly output?: string;
}

const saidCharacters = 4096;
/** A daemon that the command left behind may hold the pipe open; nobody waits longer for the last words. */
const lastWordsMs = 200;

export interface Command {
  readonly netns?: string | undefined;
  readonly program: string;
  readonly args: readonly string[];
  readonly input?: string;
  /** Keep its standard output. */
  readonly wantsOutput?: true;
  /** After that it is killed. */
  readonly timeoutMs: number;
}

/** Runs a program in a network namespace and waits for its end. @throws SystemError when the namespace does not exist */
export function runCommand({ netns, program, args, input, wantsOutput, timeoutMs }: Command): Promise<CommandEnd> {
  return new Promise((resolve) => {
    const child = withNetns(netns, () =>
      spawn(program, args, { stdio: ['pipe', wantsOutput ? 'pipe' : 'ignore', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL' }),
    );
    let said = '';
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    const ended = (status: CommandEnd['status']): void => {
      child.stderr?.destroy();
      resolve({ status, said: said.trim(), ...(wantsOutput ? { output } : {}) });
    };
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (said = `${said}${chunk}`.slice(0, saidCharacters)));
    child.once('error', (error) => {
      said = error.message;
      ended('missing');
    });
    child.once('exit', (code) => setTimeout(() => ended(code ?? 'killed'), lastWordsMs).unref());
    child.once('close', (code) => ended(code ?? 'killed'));
    // A program that ends without reading closes the pipe; its status tells why.
    child.stdin?.on('error', () => undefined).end(input ?? '');
  });
}
