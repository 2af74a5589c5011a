import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const examples = join(import.meta.dirname, '../../examples');

/** Program and first arguments of an example, against a server. */
export const commands = {
  python: (url: string) => ['python3', join(examples, 'python/start_domain.py'), '--server', url],
  node: (url: string) => [process.execPath, join(examples, 'node/start-domain.mjs'), '--server', url],
} as const satisfies Record<string, (url: string) => readonly string[]>;

/** A machine without Python skips its example: the fleet needs none. */
export const languages = (['python', 'node'] as const).filter(
  (one) => one !== 'python' || spawnSync('python3', ['--version']).status === 0,
);

export const shellCommand = (url: string, name: string): string[] => {
  const { hostname, port } = new URL(url);
  return ['bash', join(examples, 'shell/start-domain.sh'), name, hostname, port];
};

export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end. -1 stands for one that was killed or could not be run. */
export const run = ([program = '', ...args]: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(program, args, { env: { ...process.env, ...env }, timeout: 60_000 }, (error, out, err) => {
      const status = typeof error?.code === 'number' ? error.code : -1;
      resolve({ status: error ? status : 0, out, err });
    });
  });

/** The first word of each line: how far it came. */
export const steps = (out: string): string[] =>
  out
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter(Boolean);
