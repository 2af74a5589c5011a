import { adopt } from './adopt.js';
import { launch } from './launch.js';
import type { Qemus } from './qemu.js';

/** The QEMU processes of this host. */
export const localQemus: Qemus = { launch, adopt };
