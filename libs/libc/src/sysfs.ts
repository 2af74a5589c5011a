import { close } from './file.js';
import { called, functions } from './library.js';
import { withNetns } from './netns.js';

/** linux/mount.h */
const FSOPEN_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSMOUNT_CLOEXEC = 1;
const MOUNT_ATTR_RDONLY = 1;

/**
 * Runs a function with the path of a sysfs that shows the links of a network namespace, wherever this process is: /sys shows those of
 * whoever mounted it. It is mounted nowhere, read-only, and gone when the function returns, so the function must not await.
 * @throws SystemError ENOENT for a namespace that does not exist, EPERM without the right to mount
 */
export function withSysfs<T>(netns: string | undefined, inside: (path: string) => T): T {
  const context = withNetns(netns, () => {
    const fd = called('fsopen', () => functions.fsopen('sysfs', FSOPEN_CLOEXEC), 'sysfs');
    return fd;
  });
  try {
    // The namespace counts at the moment of creation as well as at that of opening.
    withNetns(netns, () => called('fsconfig', () => functions.fsconfig(context, FSCONFIG_CMD_CREATE, null, null, 0), 'sysfs'));
    const mount = called('fsmount', () => functions.fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY), 'sysfs');
    try {
      return inside(`/proc/self/fd/${mount}`);
    } finally {
      close(mount);
    }
  } finally {
    close(context);
  }
}
