import { adopt, uuidsOfAll } from './adopt.js';
import { launch } from './launch.js';
import type { Qemus } from './qemu.js';

/** The QEMU processes of this host; those launched use the network of `netns`, a namespace's path, or of this process. */
export const qemusIn = (netns?: string): Qemus => ({
  launch: (request) => launch(netns === undefined ? request : { netns, ...request }),
  adopt,
  uuidsOfAll,
});

/** Those whose network is this process's. */
export const localQemus: Qemus = qemusIn();
