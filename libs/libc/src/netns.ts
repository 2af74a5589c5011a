import { constants } from 'node:fs';
import { close, open } from './file.js';
import { called, functions } from './library.js';

/** sched.h: setns(2) refuses a descriptor of another kind of namespace. */
const CLONE_NEWNET = 0x40000000;

/** A function whose answer is there when it returns: an `async` one does not type-check. */
type Synchronous<T> = (() => T) & (T extends PromiseLike<unknown> ? never : unknown);

/**
 * Runs a function with this thread inside another network namespace, given as a path such as `/run/netns/blue`, and comes back
 * whatever happens; `undefined` runs it where the thread is. A socket, a tun descriptor or a child process made inside stays there.
 * The function must not await: until it returns, every other line of this thread would run in that namespace too.
 * @throws SystemError ENOENT, EINVAL (not a network namespace), EPERM; and whatever the function throws
 */
export function withNetns<T>(path: string | undefined, inside: Synchronous<T>): T {
  if (path === undefined) return inside();
  const home = open('/proc/thread-self/ns/net', constants.O_RDONLY);
  try {
    const there = open(path, constants.O_RDONLY);
    try {
      called('setns', () => functions.setns(there, CLONE_NEWNET), path);
    } finally {
      close(there);
    }
    return runThenReturn(home, inside);
  } finally {
    close(home);
  }
}

function runThenReturn<T>(home: number, inside: () => T): T {
  try {
    return inside();
  } finally {
    // A thread that cannot return would do all its later work in the wrong namespace, so the process ends at once.
    if (functions.setns(home, CLONE_NEWNET) !== 0) process.abort();
  }
}
