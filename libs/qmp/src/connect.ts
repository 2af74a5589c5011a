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
  for (;;) {
    try {
      return await connectOnce(path, signal);
    } catch (cause) {
      const again = retry && !signal.aborted && isAbsent(cause);
      if (!again) throw new ConnectFailed(`cannot connect to ${path}: ${wordsOf(cause)}`, { cause });
      await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

function connectOnce(path: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect(path);
    const settle = (error?: unknown) => {
      signal.removeEventListener('abort', abort);
      socket.off('connect', settled).off('error', settle);
      if (error === undefined) return resolve(socket);
      // A refused or aborted socket may still report errors of its own on the way out.
      socket.on('error', () => undefined).destroy();
      return reject(error);
    };
    const settled = () => settle();
    const abort = () => settle(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    socket.once('connect', settled).once('error', settle);
  });
}

function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED');
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
