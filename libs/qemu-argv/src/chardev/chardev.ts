/** The host's end of a character device, as `-chardev` and what must stand before it. */
import { chardev, keyValues, type Argv } from '../argv/options.js';
import type { Context } from '../context.js';
import type { Serial } from '../domain-parts.js';
import { unprepared, unsupported } from '../refusal.js';
import { tlsCredentials } from './tls.js';

type SourceOf<D> = D extends { readonly type: infer T; readonly source?: infer S }
  ? { readonly type: T; readonly source?: S; readonly protocol?: Protocol; readonly log?: Serial['log'] }
  : never;
type Protocol = Extract<Serial, { readonly type: 'tcp' }>['protocol'];
export type ChardevSource = SourceOf<Serial>;

export interface ChardevEnd {
  /** Id of the chardev: `char` and the device's alias, for most. */
  readonly id: string;
  readonly alias: string;
  /** What SPICE calls it. */
  readonly spiceName?: string;
  /** A device file is a printer port. */
  readonly parallel?: boolean;
  readonly at: string;
}

export const chardevId = (alias: string): string => `char${alias}`;

type Values = Readonly<Record<string, string | number | boolean | undefined>>;

interface Backend {
  readonly before?: Argv;
  readonly backend: string;
  readonly values?: Values;
}

export function chardevArgs(context: Context, source: ChardevSource, end: ChardevEnd): Argv {
  const { before = [], backend, values } = backendOf(context, source, end);
  const log = logOf(context, source, end);
  return [...before, ...log.before, ...chardev(backend, { id: end.id, ...values, ...log.values })];
}

/** A file that the host has opened, under the name that QEMU opens it by. */
function passedFile(context: Context, name: string): { readonly before: Argv; readonly path: string } | undefined {
  const set = context.fdSets.get(name);
  const fd = context.host.lookup?.descriptor?.(name);
  if (set === undefined || fd === undefined) return undefined;
  return { before: ['-add-fd', keyValues(undefined, { set, fd, opaque: name })], path: `/dev/fdset/${set}` };
}

export const sourceFile = (alias: string): string => `${alias}-source`;
export const logFile = (alias: string): string => `${alias}-log`;

/** A copy of the output. Where the host opens the file, it never cuts it short. */
function logOf(context: Context, { log }: ChardevSource, { alias }: ChardevEnd): { readonly before: Argv; readonly values: Values } {
  if (!log) return { before: [], values: {} };
  const passed = passedFile(context, logFile(alias));
  if (!passed) return { before: [], values: { logfile: log.file, logappend: log.append } };
  return { before: passed.before, values: { logfile: passed.path, logappend: log.append ?? true } };
}

type Make<T extends ChardevSource['type']> = (
  context: Context,
  source: Extract<ChardevSource, { readonly type: T }>,
  end: ChardevEnd,
) => Backend;

function backendOf(context: Context, source: ChardevSource, end: ChardevEnd): Backend {
  switch (source.type) {
    case 'pty':
      return pty(context, source, end);
    case 'file':
      return file(context, source, end);
    case 'udp':
      return udp(context, source, end);
    case 'tcp':
      return tcp(context, source, end);
    case 'unix':
      return unix(context, source, end);
    default:
      return plain(source, end);
  }
}

function plain(source: ChardevSource, end: ChardevEnd): Backend {
  switch (source.type) {
    case 'null':
    case 'vc':
    case 'stdio':
      return { backend: source.type };
    case 'dev':
      return { backend: end.parallel ? 'parallel' : 'serial', values: { path: source.source?.path } };
    case 'pipe':
      return { backend: 'pipe', values: { path: source.source?.path } };
    default:
      return display(source, end);
  }
}

function display(source: ChardevSource, { spiceName, at }: ChardevEnd): Backend {
  switch (source.type) {
    case 'spicevmc':
      return { backend: 'spicevmc', values: { name: spiceName } };
    case 'spiceport':
      return { backend: 'spiceport', values: { name: source.source?.channel } };
    case 'dbus':
      return { backend: 'dbus', values: { name: source.source?.channel } };
    case 'qemu-vdagent': {
      const { clipboard, mouse } = source.source ?? {};
      return {
        backend: 'qemu-vdagent',
        values: { name: 'vdagent', clipboard: clipboard?.copypaste, mouse: mouse && mouse.mode === 'client' },
      };
    }
    default:
      throw unsupported(at, `QEMU has no character device of type '${source.type}'`);
  }
}

/** A terminal of QEMU's is gone with whoever reads it; a socket waits. */
const pty: Make<'pty'> = ({ host }, _source, { alias }) =>
  host.pty === 'socket'
    ? { backend: 'socket', values: { path: `${host.paths.directory}/${alias}.sock`, server: true, wait: false } }
    : { backend: 'pty' };

const file: Make<'file'> = (context, { source }, { alias }) => {
  const passed = passedFile(context, sourceFile(alias));
  const append = source?.append;
  if (!passed) return { backend: 'file', values: { path: source?.path, append } };
  return { before: passed.before, backend: 'file', values: { path: passed.path, append: append ?? true } };
};

const udp: Make<'udp'> = (_context, { source = [] }) => {
  const remote = source.find(({ mode }) => mode === 'connect');
  const local = source.find(({ mode }) => mode === 'bind');
  return {
    backend: 'udp',
    values: { host: remote?.host ?? '', port: remote?.service ?? '', localaddr: local?.host ?? '', localport: local?.service ?? '0' },
  };
};

const tcp: Make<'tcp'> = (context, { source, protocol }, { id, at }) => {
  if (!source) throw unprepared(`${at}/source`, 'the address');
  const server = source.mode === 'bind';
  const credentials = `obj${id}_tls0`;
  const tls = source.tls ?? context.host.chardevTls ?? false;
  return {
    before: tls ? tlsCredentials(context, { id: credentials, server, use: 'chardev', at }) : [],
    backend: 'socket',
    values: {
      host: source.host,
      port: source.service,
      telnet: protocol?.type === 'telnet' ? true : undefined,
      ...listening(server),
      reconnect: delayOf(source.reconnect),
      'tls-creds': tls ? credentials : undefined,
    },
  };
};

const unix: Make<'unix'> = ({ host }, { source }, { id, at }) => {
  if (source?.path === undefined) throw unprepared(`${at}/source`, 'the path of the socket');
  const server = source.mode === 'bind';
  const fd = server ? host.lookup?.descriptor?.(id) : undefined;
  const end = fd === undefined ? { path: source.path } : { fd };
  return { backend: 'socket', values: { ...end, ...listening(server), reconnect: delayOf(source.reconnect) } };
};

const listening = (server: boolean): Values => (server ? { server: true, wait: false } : {});

interface Reconnect {
  readonly enabled: boolean;
  readonly timeout?: number;
}

/** 0 is never. */
export const delayOf = (reconnect: Reconnect | undefined): number | undefined => reconnect && (reconnect.enabled ? reconnect.timeout : 0);
