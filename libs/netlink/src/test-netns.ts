import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';

/** A network namespace of a test's own, and iproute2 inside it as an independent witness. */
export interface TestNetns {
  readonly path: string;
  /** Runs a command inside and answers its output. */
  run(command: string, ...args: string[]): string;
  /** `ip`, `bridge` … with `-json`. */
  json(command: string, ...args: string[]): Record<string, unknown>[];
  remove(): void;
}

export function testNetns(): TestNetns {
  const name = `nl-${process.pid}-${randomBytes(3).toString('hex')}`;
  const run = (command: string, ...args: string[]): string =>
    execFileSync('ip', ['netns', 'exec', name, command, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  execFileSync('ip', ['netns', 'add', name]);
  run('ip', 'link', 'set', 'lo', 'up');
  return {
    path: `/run/netns/${name}`,
    run,
    json: (command, ...args) => JSON.parse(run(command, '-json', '-details', ...args)) as Record<string, unknown>[],
    remove: () => void execFileSync('ip', ['netns', 'del', name]),
  };
}
