import { escapeCommas, keyValues, type Argv } from '../argv/options.js';
import { tlsCredentials } from '../chardev/tls.js';
import type { Context } from '../context.js';
import type { Graphics } from '../domain-parts.js';
import { unsupported } from '../refusal.js';
import { audioIdOf } from './audio.js';
import { keymap, listenAddress } from './graphics-listen.js';

type Vnc = Extract<Graphics, { readonly type: 'vnc' }>;

/** The first display: `:0`. */
const FIRST_PORT = 5900;
const LAST_DISPLAY = 99;
const TLS_ID = 'vnc-tls-creds0';

export function vnc(context: Context, one: Vnc, at: string): Argv {
  if (one.listen.length > 1) throw unsupported(`${at}/listen[2]`, 'QEMU listens at one place for each screen');
  const tls = context.host.vnc?.tls ?? false;
  const credentials = tls ? tlsCredentials(context, { id: TLS_ID, server: true, use: 'vnc', at }) : [];
  return [
    ...credentials,
    '-vnc',
    keyValues(displayText(context, one, at), { ...access(one), ...admission(context, one) }),
    ...keymap(one.keymap),
  ];
}

const access = (one: Vnc) => ({
  to: isOpen(one) ? LAST_DISPLAY : undefined,
  // Any port is QEMU's to choose, beside the display's.
  websocket: one.websocket === -1 ? true : one.websocket,
  share: one.sharePolicy,
  'power-control': one.powerControl,
});

/** Served over the network on any port: QEMU takes the first that is free. */
const isOpen = ({ listen, port }: Vnc): boolean =>
  listen[0]?.type !== 'socket' && listen[0]?.type !== 'none' && (port === undefined || port === -1);

function admission(context: Context, one: Vnc) {
  const { tls, sasl, password } = context.host.vnc ?? {};
  return {
    password: one.passwd !== undefined || password ? true : undefined,
    'tls-creds': tls ? TLS_ID : undefined,
    sasl: sasl ? true : undefined,
    audiodev: audioIdOf(context, one.audio?.id),
  };
}

function displayText({ host }: Context, one: Vnc, at: string): string {
  const listen = one.listen[0];
  if (listen?.type === 'none') return 'none';
  if (listen?.type === 'socket') return `vnc=unix:${escapeCommas(listen.socket ?? `${host.paths.directory}/vnc.sock`)}`;
  return `${bracketed(listenAddress(one, host.vnc?.listen, at))}:${displayOf(one, at)}`;
}

function displayOf({ port, autoport }: Vnc, at: string): number {
  const any = port === undefined ? autoport !== false : port === -1;
  if (any) return 0;
  if (port === undefined || port < FIRST_PORT || port > 65_535)
    throw unsupported(`${at}/@port`, `VNC listens on a port from ${FIRST_PORT} to 65535`);
  return port - FIRST_PORT;
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);
