import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectFailed } from './errors.js';

/** QEMU binds its socket within tens of milliseconds of its start. */
const RETRY_MS = 5;

/**
 * A connected unix socket. With `retry`, an absent path or a refused connection is tried again until `signal` aborts.
 * @throws ConnectFailed
 */
export async function openSocket(path: string, signal: AbortSignal, retry: boolean): Promise<Socket> {
  let absent: unknown;
  for (;;) {
    try {
      return await connectOnce(path, signal);
    } catch (error) {
      // Running out of time in the middle of a try says less than what the tries before it met.
      const cause = signal.aborted && absent !== undefined ? absent : error;
      const again = retry && isAbsent(error);
      if (again) await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      if (!again || signal.aborted) throw new ConnectFailed(`cannot connect to ${path}: ${wordsOf(cause)}`, { cause });
      absent = error;
    }
  }
}

function connectOnce(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const refuse = (error: Error) => {
      signal.removeEventListener('abort', abort);
      socket.destroy();
      reject(error);
    };
    const abort = () => refuse(new Error('out of time', { cause: signal.reason }));
    // Stays for the socket's life: it may report an error at any moment, also after it was given up.
    socket.on('error', refuse);
    socket.once('connect', () => {
      signal.removeEventListener('abort', abort);
      resolve(socket);
    });
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED');
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
