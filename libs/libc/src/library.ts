import koffi from 'koffi';
import { SystemError } from './system-error.js';

/**
 * The functions of the C library that are called through koffi. Nothing here is declared variadic: koffi has no asynchronous form of
 * those, and on Linux a fixed prototype passes the same registers.
 */
const libc = koffi.load('libc.so.6');

type Result = number | bigint;
type Completion = (error: Error | null, result: Result) => void;

export const functions = {
  ioctlPointer: libc.func('int ioctl(int, ulong, void*)'),
  ioctlNumber: libc.func('int ioctl(int, ulong, long)'),
  socket: libc.func('int socket(int, int, int)'),
  socketpair: libc.func('int socketpair(int, int, int, void*)'),
  bind: libc.func('int bind(int, void*, uint)'),
  connect: libc.func('int connect(int, void*, uint)'),
  listen: libc.func('int listen(int, int)'),
  getsockname: libc.func('int getsockname(int, void*, void*)'),
  setsockopt: libc.func('int setsockopt(int, int, int, void*, uint)'),
  send: libc.func('int64 send(int, void*, uint64, int)'),
  recv: libc.func('int64 recv(int, void*, uint64, int)'),
  sendmsg: libc.func('int64 sendmsg(int, void*, int)'),
  recvmsg: libc.func('int64 recvmsg(int, void*, int)'),
  setns: libc.func('int setns(int, int)'),
  lseek: libc.func('int64 lseek(int, int64, int)'),
  fallocate: libc.func('int fallocate(int, int, int64, int64)'),
  flock: libc.func('int flock(int, int)'),
  schedSetaffinity: libc.func('int sched_setaffinity(int, uint64, void*)'),
  mknod: libc.func('int mknod(str, uint, ulong)'),
  fsopen: libc.func('int fsopen(str, uint)'),
  fsconfig: libc.func('int fsconfig(int, uint, str, void*, int)'),
  fsmount: libc.func('int fsmount(int, uint, uint)'),
  mallocTrim: libc.func('int malloc_trim(uint64)'),
  posixSpawn: libc.func('int posix_spawnp(void*, str, void*, void*, const char**, const char**)'),
  fileActionsInit: libc.func('int posix_spawn_file_actions_init(void*)'),
  fileActionsDestroy: libc.func('int posix_spawn_file_actions_destroy(void*)'),
  fileActionsDup2: libc.func('int posix_spawn_file_actions_adddup2(void*, int, int)'),
  fileActionsOpen: libc.func('int posix_spawn_file_actions_addopen(void*, int, str, int, uint)'),
  fileActionsClose: libc.func('int posix_spawn_file_actions_addclose(void*, int)'),
  fileActionsChdir: libc.func('int posix_spawn_file_actions_addchdir_np(void*, str)'),
  spawnAttributesInit: libc.func('int posix_spawnattr_init(void*)'),
  spawnAttributesDestroy: libc.func('int posix_spawnattr_destroy(void*)'),
  spawnAttributesSetFlags: libc.func('int posix_spawnattr_setflags(void*, short)'),
  spawnAttributesSetDefault: libc.func('int posix_spawnattr_setsigdefault(void*, void*)'),
  spawnAttributesSetMask: libc.func('int posix_spawnattr_setsigmask(void*, void*)'),
  sigfillset: libc.func('int sigfillset(void*)'),
  sigemptyset: libc.func('int sigemptyset(void*)'),
  waitpid: libc.func('int waitpid(int, void*, int)'),
};

/** The address of a buffer, for a structure that points to it. Keep the buffer referenced until the call returns. */
export const addressOf = (buffer: Uint8Array): bigint => koffi.address(buffer);

const interrupted = koffi.os.errno['EINTR'];

/** Calls until it is not interrupted; answers the result or throws SystemError. */
export function called(syscall: string, call: () => Result, subject?: string): number {
  for (;;) {
    const result = Number(call());
    if (result >= 0) return result;
    const errno = koffi.errno();
    if (errno !== interrupted) throw new SystemError(syscall, errno, subject);
  }
}

/** The same on a thread of libuv's pool, so that a slow call does not hold the event loop. */
export function calledAsync(syscall: string, call: (done: Completion) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const attempt = (): void =>
      call((error, result) => {
        if (error) return reject(error);
        const count = Number(result);
        if (count >= 0) return resolve(count);
        const errno = koffi.errno();
        return errno === interrupted ? attempt() : reject(new SystemError(syscall, errno));
      });
    attempt();
  });
}
