/** The dozen kinds of value that libvirt's protocol is made of. A table names them; types follow from the table. */
import type { XdrReader } from './reader.js';
import type { XdrWriter } from './writer.js';
import { XdrError } from './xdr-error.js';

export interface Codec<T> {
  /** The fewest bytes that a value takes: a count of them is checked against what is left of the message. */
  readonly least: number;
  read(from: XdrReader): T;
  write(to: XdrWriter, value: T): void;
}

export type ValueOf<C> = C extends Codec<infer T> ? T : never;

export const int: Codec<number> = { least: 4, read: (from) => from.int(), write: (to, value) => to.int(value) };
export const uint: Codec<number> = { least: 4, read: (from) => from.uint(), write: (to, value) => to.uint(value) };
export const hyper: Codec<bigint> = { least: 8, read: (from) => from.hyper(), write: (to, value) => to.hyper(value) };
export const uhyper: Codec<bigint> = { least: 8, read: (from) => from.uhyper(), write: (to, value) => to.uhyper(value) };
export const double: Codec<number> = { least: 8, read: (from) => from.double(), write: (to, value) => to.double(value) };

/** libvirt's bound for every string. Bytes. */
const MAX_TEXT = 4_194_304;

export const text: Codec<string> = { least: 4, read: (from) => from.text(MAX_TEXT), write: (to, value) => to.text(value, MAX_TEXT) };

export const bytes = (most: number): Codec<Uint8Array> => ({
  least: 4,
  read: (from) => from.opaque(most),
  write: (to, value) => to.opaque(value, most),
});

/** `undefined` travels as absence. Some clients write other numbers than 1 for presence. */
export const maybe = <T>(inner: Codec<T>): Codec<T | undefined> => ({
  least: 4,
  read: (from) => (from.uint() === 0 ? undefined : inner.read(from)),
  write: (to, value) => {
    to.uint(value === undefined ? 0 : 1);
    if (value !== undefined) inner.write(to, value);
  },
});

export const list = <T>(inner: Codec<T>, most: number): Codec<readonly T[]> => ({
  least: 4,
  read: (from) => Array.from({ length: from.count(most, inner.least) }, () => inner.read(from)),
  write: (to, values) => {
    to.count(values.length, most);
    for (const value of values) inner.write(to, value);
  },
});

const readChars = (from: XdrReader, count: number): Buffer => Buffer.from(Array.from({ length: count }, () => from.int() & 0xff));

const writeChars = (to: XdrWriter, value: Uint8Array): void => {
  // `char` is signed in C, and each travels as an int.
  for (const byte of value) to.int(byte > 0x7f ? byte - 0x100 : byte);
};

/** An array of C's `char`: each of them takes four bytes. */
export const chars = (most: number): Codec<Uint8Array> => ({
  least: 4,
  read: (from) => readChars(from, from.count(most, 4)),
  write: (to, value) => {
    to.count(value.length, most);
    writeChars(to, value);
  },
});

/** `char` of a fixed number, as a text that NULs fill up. */
export const paddedChars = (count: number): Codec<string> => ({
  least: 4 * count,
  read: (from) => readChars(from, count).toString('latin1').replace(/\0.*$/s, ''),
  write: (to, value) => {
    const given = Buffer.from(value, 'latin1').subarray(0, count - 1);
    writeChars(to, Buffer.concat([given, Buffer.alloc(count - given.length)]));
  },
});

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const uuid: Codec<string> = {
  least: 16,
  read: (from) => {
    const hex = from.fixed(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  },
  write: (to, value) => {
    if (!UUID.test(value)) throw new XdrError(`"${value}" is no UUID`);
    to.fixed(Buffer.from(value.replaceAll('-', ''), 'hex'), 16);
  },
};

export type Fields = Readonly<Record<string, Codec<unknown>>>;
export type StructOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** Fields in the order of their writing down. */
export function struct<F extends Fields>(fields: F): Codec<StructOf<F>> {
  const entries = Object.entries(fields);
  return {
    least: entries.reduce((sum, [, codec]) => sum + codec.least, 0),
    read: (from) => {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) value[name] = codec.read(from);
      // Each value was read by the codec of its own name; TypeScript cannot pair them in a loop.
      return value as StructOf<F>;
    },
    write: (to, value) => {
      for (const [name, codec] of entries) codec.write(to, value[name as keyof F]);
    },
  };
}
