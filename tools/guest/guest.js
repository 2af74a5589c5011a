import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
const here = import.meta.dirname;
const made = join(here, '..', '..', '.cache', 'guest');
/** The guest's files, made now if need be (seconds, from Debian's archive). @throws when they cannot be had; the message says why */
export function guest() {
  try {
    execFileSync(join(here, 'build'), { stdio: 'pipe', encoding: 'utf8' });
  } catch (cause) {
    const words = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
    throw new Error(`the test guest cannot be made: ${words}`, { cause });
  }
  return { kernel: join(made, 'vmlinuz'), initrd: join(made, 'initrd.img') };
}
/** The guest's kernel command line. */
export function guestAppend(knobs = {}) {
  const { run, ...plain } = knobs;
  const given = { ...plain, ...(run !== undefined && { run: Buffer.from(run).toString('base64') }) };
  return [
    readFileSync(join(here, 'append'), 'utf8').trim(),
    ...Object.entries(given).map(([name, value]) => `virtbus.${name}=${value}`),
  ].join(' ');
}
//# sourceMappingURL=guest.js.map
