import type { Handlers, qemuProcedures } from '@virtbus/libvirt-rpc';
import type { Session } from '../session.js';

/** What only QEMU's driver has. Its monitor is root on the host, and asks for an administrator. */
export const qemu: Handlers<typeof qemuProcedures, Session> = {};
