import { restListeningOf, tryListening, type RestListening } from '@virtbus/api';
import { listenLoopback, SystemError } from '@virtbus/libc';

/** Where REST is served on a machine unless it is said: on loopback, for whoever has a token. */
const USUAL_PORT = 8480;
const LOOPBACK = '127.0.0.1';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where the environment says; else on the usual port, so that nobody need be told, and on any when somebody has it. That one is
 * listened to already: fleets that start in one moment each have their own.
 * @throws NotStarted when what is said is taken, or said wrongly
 */
export async function restOf(environment: Environment): Promise<RestListening> {
  const said = environment['VIRTBUS_REST_LISTEN'] !== undefined;
  const listening = restListeningOf({ ...environment, VIRTBUS_REST_LISTEN: environment['VIRTBUS_REST_LISTEN'] ?? LOOPBACK });
  if (!said) return { ...listening, tcp: { host: LOOPBACK, ...usualOrAny() } };
  if (listening.tcp && listening.tcp.fd === undefined) await tryListening(listening.tcp);
  return listening;
}

function usualOrAny(): { readonly fd: number; readonly port: number } {
  try {
    return listenLoopback(USUAL_PORT);
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EADDRINUSE') throw error;
    return listenLoopback(0);
  }
}

/** `HOST:PORT`, as VIRTBUS_REST_LISTEN and addresses of HTTP have it. */
export const addressText = ({ host, port }: NonNullable<RestListening['tcp']>): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
