/** Where REST is served; nowhere unless it is said. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { NotStarted } from '@virtbus/messaging';

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
  /** A socket that listens there already, from whoever starts the gateway. */
  readonly fd?: number;
}

export interface RestListening {
  /** A Unix socket for root and the gateway's own user, who need no credential there. */
  readonly socket?: string;
  readonly tcp?: TcpAddress;
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
  const tcp = withDescriptor(addressIn(env['VIRTBUS_REST_LISTEN']), env['VIRTBUS_REST_FD']);
  if (tcp && !tls && !isLoopback(tcp.host)) {
    throw new NotStarted(
      `VIRTBUS_REST_LISTEN: ${tcp.host} is no loopback address: it needs VIRTBUS_REST_TLS_CERT and VIRTBUS_REST_TLS_KEY`,
    );
  }
  return { ...(socket ? { socket } : {}), ...(tcp ? { tcp } : {}), ...(tls ? { tls } : {}) };
}

function tlsIn(env: Environment): RestListening['tls'] {
  const [cert, key] = [env['VIRTBUS_REST_TLS_CERT'], env['VIRTBUS_REST_TLS_KEY']];
  if ((cert === undefined) !== (key === undefined)) throw new NotStarted('VIRTBUS_REST_TLS_CERT and VIRTBUS_REST_TLS_KEY go together');
  return cert !== undefined && key !== undefined ? { cert, key } : undefined;
}

const withDescriptor = (tcp: TcpAddress | undefined, fd: string | undefined): TcpAddress | undefined =>
  tcp && fd ? { ...tcp, fd: Number(fd) } : tcp;

function addressIn(text: string | undefined): TcpAddress | undefined {
  if (text === undefined || text === '') return undefined;
  const match = ADDRESS.exec(text);
  const { v6, host = v6 ?? '', port = String(USUAL_PORT) } = match?.groups ?? {};
  if (!match || Number(port) > 65_535) throw new NotStarted(`VIRTBUS_REST_LISTEN must be HOST or HOST:PORT, not "${text}"`);
  return { host, port: Number(port) };
}

/** What to do about an address that cannot be listened to; what else has happened is passed on as it is. */
export function notListening({ host, port }: TcpAddress, cause: Error): Error {
  const code = 'code' in cause ? cause.code : undefined;
  const address = `REST cannot be served on ${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (code === 'EADDRINUSE') {
    const who = `"ss -ltnp sport = :${port}" says which process has it`;
    return new NotStarted(`${address}: the port is taken (${who}); end that, or set VIRTBUS_REST_LISTEN to another address`, { cause });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new NotStarted(`${address}: this machine has no such address; set VIRTBUS_REST_LISTEN to one that it has`, { cause });
  }
  return cause;
}

/** Listens and lets go: for whoever starts a gateway in another process, and is to say at once what that would say. @throws NotStarted */
export async function tryListening({ host, port }: TcpAddress): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (cause) => reject(notListening({ host, port }, cause)));
    probe.listen({ host, port }, () => probe.close(() => resolve()));
  });
}

export const listensAnywhere = ({ socket, tcp }: RestListening): boolean => socket !== undefined || tcp !== undefined;

/** @throws Error when a file cannot be read */
export async function tlsFiles({ cert, key }: NonNullable<RestListening['tls']>): Promise<{ readonly cert: Buffer; readonly key: Buffer }> {
  const [certText, keyText] = await Promise.all([readFile(cert), readFile(key)]);
  return { cert: certText, key: keyText };
}
