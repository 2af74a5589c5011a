import { escapeCommas, keyValues, type Argv } from '../argv/options.js';
import { tlsCredentials } from '../chardev/tls.js';
import type { Context } from '../context.js';
import type { Graphics } from '../domain-parts.js';
import { unprepared, unsupported } from '../refusal.js';
import { audioIdOf } from './audio.js';

type Vnc = Extract<Graphics, { readonly type: 'vnc' }>;

/** The first display: `:0`. */
const FIRST_PORT = 5900;
const TLS_ID = 'vnc-tls-creds0';

export function vnc(context: Context, one: Vnc, at: string): Argv {
  const { host } = context;
  const tls = host.vnc?.tls ?? false;
  const credentials = tls ? tlsCredentials(context, { id: TLS_ID, server: true, use: 'vnc', at }) : [];
  const values = {
    websocket: one.websocket,
    share: one.sharePolicy,
    'power-control': one.powerControl,
    password: one.passwd !== undefined || host.vnc?.password ? true : undefined,
    'tls-creds': tls ? TLS_ID : undefined,
    sasl: host.vnc?.sasl ? true : undefined,
    audiodev: audioIdOf(context, one.audio?.id),
  };
  return [...credentials, '-vnc', keyValues(displayText(context, one, at), values), ...keymap(one.keymap)];
}

export const keymap = (layout: string | undefined): Argv => (layout === undefined ? [] : ['-k', layout]);

function displayText({ host }: Context, one: Vnc, at: string): string {
  const listen = one.listen[0];
  switch (listen?.type) {
    case 'socket':
      return `vnc=unix:${escapeCommas(listen.socket ?? `${host.paths.directory}/vnc.sock`)}`;
    case 'none':
      return 'none';
    case 'network':
      if (listen.address === undefined) throw unsupported(`${at}/listen`, `the address of network '${listen.network}' is not known here`);
      return `${bracketed(listen.address)}:${displayOf(one, at)}`;
    default:
      return `${bracketed(listen?.address ?? one.listenAddress ?? host.vnc?.listen ?? '127.0.0.1')}:${displayOf(one, at)}`;
  }
}

function displayOf({ port }: Vnc, at: string): number {
  if (port === undefined || port === -1) throw unprepared(`${at}/@port`, 'the port');
  if (port < FIRST_PORT || port > 65_535) throw unsupported(`${at}/@port`, `vnc port must be in range [${FIRST_PORT},65535]`);
  return port - FIRST_PORT;
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);
