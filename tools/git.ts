import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/**
 * What git says, in the repository of the current folder; null in an unpacked archive, which has none.
 * A clone may belong to another user than the one who checks it (sudo, a container).
 * @throws Error when git fails
 */
export const git = (...args: readonly string[]): string | null =>
  existsSync('.git') ? execFileSync('git', ['-c', 'safe.directory=*', ...args], { encoding: 'utf8', maxBuffer: 1 << 28 }) : null;
