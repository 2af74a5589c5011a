/** Where REST is served; nowhere unless it is said. */
import { readFile } from 'node:fs/promises';

export interface RestListening {
  /** A Unix socket for root and the gateway's own user, who need no credential there. */
  readonly socket?: string;
  readonly tcp?: { readonly host: string; readonly port: number };
  readonly tls?: { readonly cert: string; readonly key: string };
}

type Environment = Readonly<Record<string, string | undefined>>;

const USUAL_PORT = 8480;
const ADDRESS = /^(?:\[(?<v6>[0-9a-fA-F:]+)\]|(?<host>[^:\s[\]]+))(?::(?<port>\d{1,5}))?$/;
const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

/** @throws Error what is said wrongly, or would send tokens over a network in clear */
export function restListeningOf(env: Environment): RestListening {
  const directory = env['VIRTBUS_STATE_DIR'];
  const socket = env['VIRTBUS_REST_SOCKET'] ?? (directory ? `${directory}/rest.sock` : undefined);
  const tls = tlsIn(env);
  const tcp = addressIn(env['VIRTBUS_REST_LISTEN']);
  if (tcp && !tls && !isLoopback(tcp.host)) {
    throw new Error(`VIRTBUS_REST_LISTEN: ${tcp.host} is no loopback address: it needs VIRTBUS_REST_TLS_CERT and VIRTBUS_REST_TLS_KEY`);
  }
  return { ...(socket ? { socket } : {}), ...(tcp ? { tcp } : {}), ...(tls ? { tls } : {}) };
}

function tlsIn(env: Environment): RestListening['tls'] {
  const [cert, key] = [env['VIRTBUS_REST_TLS_CERT'], env['VIRTBUS_REST_TLS_KEY']];
  if ((cert === undefined) !== (key === undefined)) throw new Error('VIRTBUS_REST_TLS_CERT and VIRTBUS_REST_TLS_KEY go together');
  return cert !== undefined && key !== undefined ? { cert, key } : undefined;
}

function addressIn(text: string | undefined): RestListening['tcp'] {
  if (text === undefined || text === '') return undefined;
  const match = ADDRESS.exec(text);
  const { v6, host = v6 ?? '', port = String(USUAL_PORT) } = match?.groups ?? {};
  if (!match || Number(port) > 65_535) throw new Error(`VIRTBUS_REST_LISTEN must be HOST or HOST:PORT, not "${text}"`);
  return { host, port: Number(port) };
}

export const listensAnywhere = ({ socket, tcp }: RestListening): boolean => socket !== undefined || tcp !== undefined;

/** @throws Error when a file cannot be read */
export async function tlsFiles({ cert, key }: NonNullable<RestListening['tls']>): Promise<{ readonly cert: Buffer; readonly key: Buffer }> {
  const [certText, keyText] = await Promise.all([readFile(cert), readFile(key)]);
  return { cert: certText, key: keyText };
}
