import { diskAddress } from './core/disk-address.js';
import { element, escaped, textElement } from './core/xml-text.js';
import { Failure } from './failure.js';

/** The disk that `attach-disk` describes by options. */
export interface DiskWords {
  readonly source: string;
  readonly target: string;
  readonly targetbus?: string | undefined;
  readonly driver?: string | undefined;
  readonly subdriver?: string | undefined;
  readonly iothread?: string | undefined;
  readonly cache?: string | undefined;
  readonly io?: string | undefined;
  readonly type?: string | undefined;
  readonly mode?: string | undefined;
  readonly sourcetype?: string | undefined;
  readonly serial?: string | undefined;
  readonly wwn?: string | undefined;
  readonly alias?: string | undefined;
  readonly rawio: boolean;
  readonly address?: string | undefined;
  readonly multifunction: boolean;
  readonly protocol?: string | undefined;
  readonly hostName?: string | undefined;
  readonly hostTransport?: string | undefined;
  readonly hostSocket?: string | undefined;
}

const usage = (words: string): Failure => new Failure([words], 'usage');

/** @throws Failure in virsh's words for what it does not take */
export function diskXml(words: DiskWords): string {
  const { target, targetbus, driver, subdriver, iothread, cache, io, serial, wwn, alias } = words;
  refuseUnlikely(words);
  const type = typeOf(words);
  const driven = { name: driver, type: subdriver, iothread, cache, io };
  const isDriven = Object.values(driven).some((value) => value !== undefined);
  const lines = [
    ...(isDriven ? [element('driver', driven)] : []),
    ...sourceOf(type, words),
    element('target', { dev: target, bus: targetbus }),
    ...(words.mode === undefined ? [] : [element(words.mode, {})]),
    ...(serial === undefined ? [] : [textElement('serial', serial)]),
    ...(alias === undefined ? [] : [element('alias', { name: alias })]),
    ...(wwn === undefined ? [] : [textElement('wwn', wwn)]),
    ...addressOf(words),
  ];
  return [opening(type, words), ...lines.map((line) => `  ${line}`), '</disk>'].map((line) => `${line}\n`).join('');
}

function opening(type: string, { type: device, rawio }: DiskWords): string {
  return `<disk type='${type}'${device === undefined ? '' : ` device='${escaped(device)}'`}${rawio ? " rawio='yes'" : ''}>`;
}

function refuseUnlikely({ mode, protocol, hostName, hostTransport, hostSocket, sourcetype }: DiskWords): void {
  const needs = (option: string, value: string | undefined, other: string, by: string | undefined): void => {
    if (value !== undefined && by === undefined) throw usage(`Option --${other} is required by option --${option}`);
  };
  needs('source-host-name', hostName, 'source-protocol', protocol);
  needs('source-host-transport', hostTransport, 'source-protocol', protocol);
  needs('source-host-socket', hostSocket, 'source-protocol', protocol);
  needs('source-host-socket', hostSocket, 'source-host-transport', hostTransport);
  if (mode !== undefined && mode !== 'readonly' && mode !== 'shareable') throw usage(`No support for ${mode} in command 'attach-disk'`);
  if (sourcetype !== undefined && !['file', 'block', 'network'].includes(sourcetype)) throw usage(`Unknown source type: '${sourcetype}'`);
  if (sourcetype !== undefined && (sourcetype === 'network') !== (protocol !== undefined))
    throw usage('--source-protocol option requires --sourcetype network');
}

/** virsh looks whether it has such a device itself; hosts are elsewhere. */
function typeOf({ source, sourcetype, protocol }: DiskWords): string {
  if (sourcetype !== undefined) return sourcetype;
  if (protocol !== undefined) return 'network';
  return source.startsWith('/dev/') ? 'block' : 'file';
}

function sourceOf(type: string, { source, protocol, hostName, hostTransport: transport, hostSocket: socket }: DiskWords): string[] {
  if (type !== 'network') return [element('source', type === 'block' ? { dev: source } : { file: source })];
  const given = { protocol, name: source };
  if (hostName === undefined && socket === undefined) return [element('source', given)];
  const [, name, port] = /^(\[.*\]|[^:]*)(?::(.*))?$/.exec(hostName ?? '') ?? [];
  const place = hostName === undefined ? {} : { name: name?.replace(/^\[(.*)\]$/, '$1'), port };
  return [element('source', given).replace(/\/>$/, '>'), `  ${element('host', { transport, ...place, socket })}`, '</source>'];
}

function addressOf({ address, target, multifunction }: DiskWords): string[] {
  if (address === undefined) return [];
  const read = diskAddress(address, target);
  if (read.type === 'refused') throw usage(read.words);
  const isPci = read.attributes['type'] === 'pci';
  return [element('address', { ...read.attributes, multifunction: multifunction && isPci ? 'on' : undefined })];
}
