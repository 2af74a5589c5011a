/** System calls that Node has no API for. Linux with glibc, 64-bit little-endian. The only user of koffi. */
export { everyProcessor, setAffinity } from './affinity.js';
export { receiveWithDescriptors, sendWithDescriptors } from './descriptors.js';
export { allocate, close, fsyncDirectory, hasSyncFlag, ioctl, ioctlAsync, lock, nextData, open, punchHole, setSyncFlag } from './file.js';
export { makeCharacterDevice, openCharacterDevice } from './character-device.js';
export { addressOf } from './library.js';
export { trimMemory } from './memory.js';
export { withNetns } from './netns.js';
export { spawnProcess, type ProcessEnd, type SpawnRequest, type SpawnedProcess } from './spawn.js';
export { withSysfs } from './sysfs.js';
export {
  AF_INET,
  AF_NETLINK,
  AF_PACKET,
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOCK_STREAM,
  attachFilter,
  bind,
  connect,
  connectUnix,
  listen,
  listenLoopback,
  listenUnix,
  prepared,
  receive,
  receiveAsync,
  send,
  sendAsync,
  setSocketOption,
  socket,
  socketPair,
  type FilterInstruction,
} from './socket.js';
export { SystemError, translated } from './system-error.js';
