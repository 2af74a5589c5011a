import { spawn } from 'node:child_process';
import { Refusal } from '@virtbus/contracts';
import { isErrno, STORAGE, wordsOf } from './storage-error.js';

/** The first descriptor that is handed over; standard input, output and error come before. */
const FIRST = 3;

/** How qemu-img names a descriptor that it has inherited. */
export const inherited = (index: number): string => `/dev/fd/${FIRST + index}`;

/**
 * Runs qemu-img on descriptors: it opens no path of ours.
 * @throws Refusal operation_failed with its last words, in libvirt's number; system_error when it is not installed
 */
export function qemuImg(args: readonly string[], descriptors: readonly number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('qemu-img', [...args], {
      stdio: ['ignore', 'ignore', 'pipe', ...descriptors],
      env: { ...process.env, LC_ALL: 'C' },
    });
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4096)));
    child.once('error', (cause) => {
      const words = isErrno(cause) ? wordsOf(cause) : cause.message;
      reject(new Refusal('system_error', `Cannot find 'qemu-img' in path: ${words}`, { cause, domain: STORAGE }));
    });
    child.once('close', (status) => {
      if (status === 0) return resolve();
      const words = `internal error: Child process (qemu-img ${args.join(' ')}) unexpected exit status ${status}: ${said.trim()}`;
      reject(new Refusal('operation_failed', words, { libvirt: 1, domain: STORAGE }));
    });
  });
}
