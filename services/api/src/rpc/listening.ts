import { isIP } from 'node:net';
import { NotStarted } from '@virtbus/messaging';

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** SASL's mechanisms that there are, in the order in which they are offered. */
const saslNames = ['PLAIN', 'SCRAM-SHA-256'] as const;
export type SaslName = (typeof saslNames)[number];

export interface TlsListening extends TcpAddress {
  readonly pki: string;
  /** How clients without a certificate may show who they are. */
  readonly sasl: readonly SaslName[];
}

/** Where a gateway listens; nowhere unless it is said. */
export interface Listening {
  readonly socket?: { readonly path: string; readonly mode: number };
  readonly tcp?: TcpAddress;
  readonly tls?: TlsListening;
  /** The address that guests' screens are shown at; nowhere when it is absent. */
  readonly screens?: string;
}

const TCP_PORT = 16509;
const TLS_PORT = 16514;
const SOCKET_NAME = 'libvirt-sock';
const OWNER_ONLY = 0o600;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error what is said wrongly */
export function listeningOf(env: Environment): Listening {
  const path = env['VIRTBUS_RPC_SOCKET'] ?? (env['VIRTBUS_STATE_DIR'] ? `${env['VIRTBUS_STATE_DIR']}/${SOCKET_NAME}` : undefined);
  const tcp = addressOf(env, 'VIRTBUS_RPC_TCP', TCP_PORT);
  const tls = addressOf(env, 'VIRTBUS_RPC_TLS', TLS_PORT);
  if (tcp && !isLoopback(tcp.host))
    throw new NotStarted(`VIRTBUS_RPC_TCP: ${tcp.host} is no loopback address; nobody is asked who they are there`);
  return {
    ...(path ? { socket: { path, mode: modeOf(env) } } : {}),
    ...(tcp ? { tcp } : {}),
    ...(tls ? { tls: { ...tls, pki: env['VIRTBUS_RPC_PKI'] ?? '/etc/pki', sasl: saslOf(env) } } : {}),
    ...screensOf(env),
  };
}

/**
 * Whoever reaches the port sees the screen, unless the guest has a password for it: on loopback only, as QEMU has it under libvirt,
 * unless an operator says otherwise. `off` shows none.
 */
function screensOf(env: Environment): { readonly screens?: string } {
  const address = env['VIRTBUS_SCREENS'] ?? '127.0.0.1';
  if (address === 'off') return {};
  if (isIP(address) === 0) throw new NotStarted(`VIRTBUS_SCREENS must be an address of this machine or "off", not "${address}"`);
  return { screens: address };
}

/** Clients take the strongest that is offered: where they are to show signed tokens, PLAIN has to be alone. */
function saslOf(env: Environment): readonly SaslName[] {
  const text = env['VIRTBUS_RPC_SASL'];
  if (text === undefined || text === '') return saslNames;
  const words = text.split(',').map((word) => word.trim());
  const unknown = words.find((word) => !saslNames.some((name) => name === word));
  if (unknown !== undefined) throw new NotStarted(`VIRTBUS_RPC_SASL must be some of ${saslNames.join(', ')}, not "${unknown}"`);
  return saslNames.filter((name) => words.includes(name));
}

function modeOf(env: Environment): number {
  const text = env['VIRTBUS_RPC_SOCKET_MODE'];
  if (text === undefined) return OWNER_ONLY;
  if (!/^0?[0-7]{3}$/.test(text)) throw new NotStarted(`VIRTBUS_RPC_SOCKET_MODE must be three octal digits, not "${text}"`);
  return Number.parseInt(text, 8);
}

const ADDRESS = /^(?:\[(?<v6>[0-9a-fA-F:]+)\]|(?<host>[^:\s]+))(?::(?<port>\d{1,5}))?$/;

/** `127.0.0.1:16509`, `[::1]:16509`, or a host alone. */
function addressOf(env: Environment, name: string, usualPort: number): TcpAddress | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const match = ADDRESS.exec(text);
  const { v6, host = v6 ?? '', port = String(usualPort) } = match?.groups ?? {};
  if (!match || Number(port) > 65_535) throw new NotStarted(`${name} must be HOST or HOST:PORT, not "${text}"`);
  return { host, port: Number(port) };
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
