import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where a fleet on this machine keeps what must outlive it. Sockets lie below it too, so the path should be short. */
export function defaultStateDirectory(environment: NodeJS.ProcessEnv, uid: number): string {
  if (environment['VIRTBUS_STATE_DIR']) return environment['VIRTBUS_STATE_DIR'];
  if (uid === 0) return '/var/lib/virtbus';
  return join(environment['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'virtbus');
}

/** The file in which `virtbus up` leaves the server's address for other commands. */
export const addressFile = (stateDirectory: string): string => join(stateDirectory, 'nats.url');
