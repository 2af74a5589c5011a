import { createServer, type Server } from 'node:net';
import { sleep } from '../wait.js';

/** nats-server itself would let a second one onto the same store. */
const TRY_EVERY_MS = 20;

/**
 * Runs `work` while no other process on this machine does so for the same directory. The lock is an abstract socket: the
 * kernel lets go of it when its holder dies, so none is ever left behind.
 */
export async function whileLocked<T>(directory: string, work: () => Promise<T>): Promise<T> {
  let lock = await tryLock(directory);
  while (!lock) {
    await sleep(TRY_EVERY_MS);
    lock = await tryLock(directory);
  }
  try {
    return await work();
  } finally {
    lock.close();
  }
}

function tryLock(directory: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause: NodeJS.ErrnoException) => (cause.code === 'EADDRINUSE' ? resolve(undefined) : reject(cause)));
    server.listen(`\0virtbus-nats-server:${directory}`, () => resolve(server));
  });
}
