/** Descriptions of elements, and the types of their values, inferred. */
import type { Field, Fields, ByTag, SizeOptions, Required, Attribute } from './field.js';
import { content, size } from './field.js';
import type { Scalar } from './scalar.js';
import type { Place } from './place.js';
import type { ReadContext } from './read.js';
import type { ForeignElement } from './foreign.js';

interface FieldsShape {
  readonly kind: 'fields';
  readonly fields: Fields;
  /** Attributes and content in their order, split once. */
  readonly attributes: readonly (readonly [string, Field])[];
  readonly contents: readonly (readonly [string, Field])[];
  /** The property that chooses among `byTag` cases. */
  readonly tag: string | undefined;
  /** The value is that of the only field, `value`, itself. */
  readonly bare: boolean;
}

export type Shape =
  | FieldsShape
  /** Presence alone: true. */
  | { readonly kind: 'flag' }
  /** Not ours to understand: kept as it is. */
  | { readonly kind: 'foreign' }
  /** For elements inside themselves. */
  | { readonly kind: 'lazy'; readonly element: () => Element<unknown> };

export interface Rules<V> {
  /**
   * Checks and tidies a value just read; undefined drops the element as if it were absent.
   * @throws LibvirtError when libvirt refuses the combination.
   */
  refine?(value: V, at: Place, context: ReadContext): V | undefined;
  /** An element that says nothing counts as absent. */
  readonly emptyIsAbsent?: boolean;
  /** Words of the refusal of a child element that no field describes; without them such are ignored. */
  readonly unknownChild?: (name: string) => string;
  /** Written as a start and an end tag although empty. */
  readonly paired?: boolean;
  readonly doc?: string;
}

export interface Element<V> extends Rules<V> {
  readonly shape: Shape;
  /** Type-level memory of the value; no such property exists. */
  readonly holds?: V;
}

/** What an element's value is in TypeScript: `ValueOf<typeof vlan>`. */
export type ValueOf<E> = E extends Element<infer V> ? V : never;

type Simplify<T> = { readonly [K in keyof T]: T[K] };
type Held<F> = F extends { readonly holds?: infer V } ? Exclude<V, undefined> : never;
type KeysOf<F, P> = { [K in keyof F]: F[K] extends { readonly presence: P } ? K : never }[keyof F];

export type FieldsValue<F> = Simplify<{ [K in KeysOf<F, 'always'>]: Held<F[K]> } & { [K in KeysOf<F, 'maybe'>]?: Held<F[K]> }>;

/** The fields that one value of the tag has. */
type Resolved<F, T extends string> = {
  [K in keyof F as F[K] extends ByTag<infer M> ? (T extends keyof M ? K : never) : K]: F[K] extends ByTag<infer M>
    ? T extends keyof M
      ? M[T]
      : never
    : F[K];
};

type Tags<F, K extends keyof F> = Held<F[K]> & string;
type TaggedCase<F, K extends keyof F, T extends string> = Simplify<{ readonly [P in K]: T } & FieldsValue<Resolved<Omit<F, K>, T>>>;

/** A union, one member for each value of the tag. */
export type TaggedValue<F, K extends keyof F> = { [T in Tags<F, K>]: TaggedCase<F, K, T> }[Tags<F, K>];

/** An element with these fields, in the order in which they are written. */
export function element<F extends Fields>(fields: F, rules: Rules<FieldsValue<F>> = {}): Element<FieldsValue<F>> {
  return { ...rules, shape: shapeOf(fields, undefined, false) };
}

/** An element whose fields differ by the value of one of its attributes: its value is a discriminated union. */
export function tagged<F extends Fields, K extends keyof F & string>(
  tag: K,
  fields: F,
  rules: Rules<TaggedValue<F, K>> = {},
): Element<TaggedValue<F, K>> {
  return { ...rules, shape: shapeOf(fields, tag, false) };
}

/** An element that is only its text. */
export function leaf<T>(scalar: Scalar<T>, options: Attribute<T>['options'] = {}): Element<T> {
  return { shape: shapeOf({ value: content(scalar, options) }, undefined, true) };
}

/** An element that is only a quantity, kept in `options.unit`. */
export function sized(options: SizeOptions & Partial<Required>): Element<number> {
  return { shape: shapeOf({ value: size(options) }, undefined, true) };
}

/** An element whose presence is all that it says. */
export const flag: Element<boolean> = { shape: { kind: 'flag' } };

/** An element of others', kept as it is. */
export const foreign: Element<ForeignElement> = { shape: { kind: 'foreign' } };

/** An element described later, for one that holds itself. */
export function lazy<V>(later: () => Element<V>): Element<V> {
  return { shape: { kind: 'lazy', element: later } };
}

function shapeOf(fields: Fields, tag: string | undefined, bare: boolean): Shape {
  const entries = Object.entries(fields);
  const attributes = entries.filter(([, field]) => holdsAttributes(field));
  const contents = entries.filter(([, field]) => holdsContents(field));
  return { kind: 'fields', fields, attributes, contents, tag, bare };
}

function holdsAttributes(field: Field): boolean {
  if (field.kind === 'byTag') return Object.values(field.cases).some(holdsAttributes);
  return field.kind === 'attribute' || field.kind === 'size' || field.kind === 'inline';
}

function holdsContents(field: Field): boolean {
  if (field.kind === 'byTag') return Object.values(field.cases).some(holdsContents);
  return field.kind !== 'attribute' && field.kind !== 'size';
}

/** Whether a value has nothing to say: no property, or only empty lists. */
export function saysNothing(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value === undefined;
  return Object.values(value).every((held) => held === undefined || (Array.isArray(held) && held.length === 0));
}
