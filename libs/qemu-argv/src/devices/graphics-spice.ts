import { keyValues, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import type { Graphics } from '../domain-parts.js';
import { unsupported } from '../refusal.js';
import { keymap, listenAddress } from './graphics-listen.js';

type Spice = Extract<Graphics, { readonly type: 'spice' }>;
type Pair = readonly [string, string | number | boolean | undefined];

export function spice(context: Context, one: Spice, at: string): Argv {
  const { head, pairs } = endOf(context, one, at);
  const text = keyValues(head, [
    ...pairs,
    ...security(context, one, at),
    ...media(one),
    ...openGl(context, one),
    ['seamless-migration', true],
  ]);
  return ['-spice', text, ...keymap(one.keymap)];
}

interface End {
  readonly head: string | undefined;
  readonly pairs: readonly Pair[];
}

function endOf(context: Context, one: Spice, at: string): End {
  const listen = one.listen[0];
  if (listen?.type === 'socket') return { head: 'unix', pairs: [['addr', listen.socket ?? `${context.host.paths.directory}/spice.sock`]] };
  if (listen?.type === 'none') return { head: undefined, pairs: [['port', 0]] };
  return { head: undefined, pairs: ports(one, listenAddress(one, context.host.spice?.listen, at)) };
}

function ports({ port, tlsPort }: Spice, address: string): readonly Pair[] {
  const [plain, secure] = [isPort(port) ? port : undefined, isPort(tlsPort) ? tlsPort : undefined];
  if (plain === undefined && secure === undefined) return [['port', 0]];
  return [
    ['port', plain],
    ['tls-port', secure],
    ['addr', address],
  ];
}

const isPort = (port: number | undefined): port is number => port !== undefined && port > 0;

function security({ host }: Context, one: Spice, at: string): readonly Pair[] {
  const tls = isPort(one.tlsPort);
  const directory = host.paths.tls?.spice;
  if (tls && directory === undefined)
    throw unsupported(`${at}/@tlsPort`, 'there is a TLS port, but this host has no certificates for SPICE');
  return [
    ['agent-mouse', one.mouse && one.mouse.mode === 'client'],
    ['disable-ticketing', one.passwd === undefined && !host.spice?.password ? true : undefined],
    ['x509-dir', tls ? directory : undefined],
    ...defaultChannel(one),
    ...one.channel.flatMap(({ name, mode }): readonly Pair[] => (mode === 'any' ? [] : [[channelOption[mode], name]])),
  ];
}

const channelOption = { secure: 'tls-channel', insecure: 'plaintext-channel' } as const;

const defaultChannel = ({ defaultMode }: Spice): readonly Pair[] =>
  defaultMode === undefined || defaultMode === 'any' ? [] : [[channelOption[defaultMode], 'default']];

function media(one: Spice): readonly Pair[] {
  return [
    ['image-compression', one.image?.compression],
    ['jpeg-wan-compression', one.jpeg?.compression],
    ['zlib-glz-wan-compression', one.zlib?.compression],
    ['playback-compression', one.playback?.compression],
    ['streaming-video', one.streaming?.mode],
    ['disable-copy-paste', one.clipboard?.copypaste === false ? true : undefined],
    ['disable-agent-file-xfer', one.filetransfer?.enable === false ? true : undefined],
  ];
}

const openGl = ({ host }: Context, { gl }: Spice): readonly Pair[] =>
  gl?.enable
    ? [
        ['gl', true],
        ['rendernode', gl.rendernode ?? host.renderNode],
      ]
    : [];
