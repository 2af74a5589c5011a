import { double, hyper, int, struct, text, uhyper, uint, XdrError, type Codec } from '../xdr/index.js';

/** libvirt's `virTypedParameter`: a name and a value that says its own type. */
export type TypedValue =
  | { readonly type: 'int' | 'uint' | 'double'; readonly value: number }
  | { readonly type: 'llong' | 'ullong'; readonly value: bigint }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string };

const boolean: Codec<boolean> = {
  least: 4,
  read: (from) => from.int() !== 0,
  write: (to, value) => to.int(value ? 1 : 0),
};

/** In the order of their numbers, from 1. */
const codecs = { int, uint, llong: hyper, ullong: uhyper, double, boolean, string: text } as const;
const types = Object.keys(codecs) as (keyof typeof codecs)[];

const typedValue: Codec<TypedValue> = {
  least: 8,
  read: (from) => {
    const number = from.int();
    const type = types[number - 1];
    if (type === undefined) throw new XdrError(`${number} is no type of a parameter`);
    return { type, value: codecs[type].read(from) } as TypedValue;
  },
  write: (to, { type, value }) => {
    to.int(types.indexOf(type) + 1);
    // Type and value belong together by the union; TypeScript loses that over the look-up.
    (codecs[type] as Codec<unknown>).write(to, value);
  },
};

export type TypedParam = { readonly field: string; readonly value: TypedValue };

export const typedParam: Codec<TypedParam> = struct({ field: text, value: typedValue });

/** Builds a list of parameters; one whose value is undefined is left out. */
export class TypedParams {
  readonly list: TypedParam[] = [];

  int(field: string, value: number | undefined): this {
    return this.add(field, value === undefined ? undefined : { type: 'int', value });
  }

  uint(field: string, value: number | undefined): this {
    return this.add(field, value === undefined ? undefined : { type: 'uint', value });
  }

  llong(field: string, value: bigint | number | undefined): this {
    return this.add(field, value === undefined ? undefined : { type: 'llong', value: BigInt(value) });
  }

  ullong(field: string, value: bigint | number | undefined): this {
    return this.add(field, value === undefined ? undefined : { type: 'ullong', value: BigInt(value) });
  }

  double(field: string, value: number | undefined): this {
    return this.add(field, value === undefined ? undefined : { type: 'double', value });
  }

  boolean(field: string, value: boolean | undefined): this {
    return this.add(field, value === undefined ? undefined : { type: 'boolean', value });
  }

  string(field: string, value: string | undefined): this {
    return this.add(field, value === undefined ? undefined : { type: 'string', value });
  }

  private add(field: string, value: TypedValue | undefined): this {
    if (value) this.list.push({ field, value });
    return this;
  }
}
