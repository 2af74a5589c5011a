/** The host's end of a character device as `chardev-add` takes it (qapi/char.json), from the text of the option that a start gives. */
import { LibvirtError } from '@virtbus/libvirt-xml';

type Values = ReadonlyMap<string, string>;
type Arguments = ReadonlyMap<string, unknown>;

/** @throws LibvirtError 67 for an end that QEMU takes only when it starts */
export function chardevAdd(text: string): Arguments {
  const [type = '', ...pairs] = text.replaceAll(',,', '\0').split(',');
  const values = new Map(pairs.map((pair) => nameAndValue(pair.replaceAll('\0', ','))));
  const data = dataOf(type, values);
  if (!data) throw new LibvirtError('CONFIG_UNSUPPORTED', `QEMU takes a character device '${type}' only when it starts`);
  const log = present({ logfile: values.get('logfile'), logappend: flag(values, 'logappend') });
  return new Map<string, unknown>([
    ['id', values.get('id')],
    ['backend', { type, data: { ...present(data), ...log } }],
  ]);
}

function nameAndValue(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

const flag = (values: Values, name: string): boolean | undefined => (values.has(name) ? values.get(name) === 'on' : undefined);

const number = (values: Values, name: string): number | undefined => (values.has(name) ? Number(values.get(name)) : undefined);

const present = (values: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

function dataOf(type: string, values: Values): Readonly<Record<string, unknown>> | undefined {
  switch (type) {
    case 'null':
    case 'pty':
      return {};
    case 'file':
      return { out: values.get('path'), append: flag(values, 'append') };
    case 'serial':
    case 'parallel':
    case 'pipe':
      return { device: values.get('path') };
    case 'socket':
      return socket(values);
    case 'udp':
      return { remote: inet(values.get('host'), values.get('port')), local: inet(values.get('localaddr'), values.get('localport')) };
    default:
      return ofDisplay(type, values);
  }
}

function ofDisplay(type: string, values: Values): Readonly<Record<string, unknown>> | undefined {
  switch (type) {
    case 'spicevmc':
      return { type: values.get('name') };
    case 'spiceport':
      return { fqdn: values.get('name') };
    case 'qemu-vdagent':
      return { clipboard: flag(values, 'clipboard'), mouse: flag(values, 'mouse') };
    default:
      return undefined;
  }
}

const socket = (values: Values): Readonly<Record<string, unknown>> => ({
  addr: values.has('path') ? { type: 'unix', data: { path: values.get('path') } } : inet(values.get('host'), values.get('port')),
  // `chardev-add` listens unless it is told not to.
  server: flag(values, 'server') ?? false,
  wait: flag(values, 'wait'),
  telnet: flag(values, 'telnet'),
  reconnect: number(values, 'reconnect'),
  'tls-creds': values.get('tls-creds'),
});

const inet = (host: string | undefined, port: string | undefined): object => ({
  type: 'inet',
  data: { host: host ?? '', port: port ?? '0' },
});
