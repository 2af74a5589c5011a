import type { Handlers, remoteProcedures } from '@virtbus/libvirt-rpc';
import type { Session } from './session.js';

/** Handlers of procedures of the remote program, by libvirt's name. Any may be missing: it is answered as not supported. */
export type RemoteHandlers = Handlers<typeof remoteProcedures, Session>;
