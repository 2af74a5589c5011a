/**
 * The words in which elements are described: fields of an element, each an attribute, its text, or elements inside.
 * A description is data; `read.ts`, `write.ts` and `reference/` are the only readers of it. The order of fields is the
 * order in which libvirt writes them.
 */
import type { LibvirtError } from '../errors/libvirt-error.js';
import type { Scalar } from './scalar.js';
import type { Element } from './element.js';
import type { Place } from './place.js';

/** `always`: the value has the property after reading; `maybe`: it can be absent. */
export type Presence = 'always' | 'maybe';

export interface Namespace {
  readonly prefix: string;
  readonly uri: string;
}

interface Common {
  /** The name in XML, when it is not the property's. */
  readonly xml?: string;
  /** Known only while the domain runs: not read from, nor written to, an inactive definition. */
  readonly live?: boolean;
  /** Written only for those who may see secrets. */
  readonly secret?: boolean;
  /** One sentence for the reference page. */
  readonly doc?: string;
}

interface Options<T> extends Common {
  /** In an inactive definition only values that pass are read and written. */
  keep?(value: T): boolean;
}

export interface ScalarOptions<T> extends Options<T> {
  /** The refusal of an unacceptable text; without it, libvirt's usual words. */
  invalid?(given: string, at: Place): LibvirtError;
  /** Values that mean the same as nothing: read as absent. */
  readonly blank?: readonly T[];
  /** Whether the value is written; asked with the element's value. */
  shown?(owner: never): boolean;
}

/** Absence is refused: with libvirt's usual words, or these. */
export interface Required {
  readonly required: true | ((at: Place) => LibvirtError);
}

export interface ChildOptions<T> extends Options<T> {
  readonly ns?: Namespace;
  /** Absence reads as the element without attributes and content. */
  readonly always?: true;
  /** The refusal of a second element of the name; without it, only the first is looked at, as libvirt does. */
  readonly only?: (at: Place) => LibvirtError;
}

/** Type-level memory of what a field holds; no such property exists. */
interface Holds<V> {
  readonly holds?: V;
}

export interface Attribute<V, P extends Presence = Presence> extends Holds<V> {
  readonly kind: 'attribute' | 'text';
  readonly presence: P;
  readonly scalar: Scalar<V>;
  readonly options: ScalarOptions<V> & Partial<Required> & { readonly fallback?: V };
}

/** A quantity: a `unit` attribute and a number as text. */
export interface Size<P extends Presence = Presence> extends Holds<number> {
  readonly kind: 'size';
  readonly presence: P;
  readonly options: SizeOptions & Partial<Required>;
}

export interface SizeOptions extends Common {
  /** The unit that the value is kept and written in. */
  readonly unit: string;
  /** The unit of a number without `unit`; the kept one when absent. */
  readonly defaultUnit?: string;
  readonly max?: number;
  /** `largest`: written in the largest binary unit that leaves no remainder. */
  readonly style?: 'largest';
  /** Values that mean the same as nothing: read as absent. */
  readonly blank?: readonly number[];
}

export interface Child<V, P extends Presence = Presence> extends Holds<V> {
  readonly kind: 'child';
  readonly presence: P;
  readonly element: Element<V>;
  readonly options: ChildOptions<V> & Partial<Required> & { readonly fallback?: V };
}

export interface ChildrenOptions<V> extends ChildOptions<V> {
  /** The order in which they are kept, when it is not the order of the words. */
  order?(a: V, b: V): number;
  /** How many there may be, when they may be very many. */
  readonly most?: number;
}

export interface Children<V> extends Holds<readonly V[]> {
  readonly kind: 'children';
  readonly presence: 'always';
  readonly element: Element<V>;
  readonly options: ChildrenOptions<V>;
}

/** Elements of several names, kept in the order in which they stand. */
export interface Mixed<M extends Readonly<Record<string, Element<unknown>>>> extends Holds<readonly MixedItem<M>[]> {
  readonly kind: 'mixed';
  readonly presence: 'always';
  readonly cases: M;
  readonly options: Common;
}

/** One of the elements, by its name. */
export type MixedItem<M> = {
  [K in keyof M & string]: { readonly name: K; readonly value: M[K] extends Element<infer V> ? V : never };
}[keyof M & string];

/** Part of the same element, with a description and a value of its own: another union inside a union. */
export interface Inline<V, P extends Presence = Presence> extends Holds<V> {
  readonly kind: 'inline';
  readonly presence: P;
  readonly element: Element<V>;
  readonly options: Common;
}

/** A field that only some values of the element's tag have, or that differs between them. */
export interface ByTag<M extends Readonly<Record<string, Field>>> {
  readonly kind: 'byTag';
  readonly presence: 'maybe';
  readonly cases: M;
}

export type PlainField =
  | Attribute<unknown>
  | Size
  | Child<unknown>
  | Children<unknown>
  | Inline<unknown>
  | Mixed<Readonly<Record<string, Element<unknown>>>>;
export type Field = PlainField | ByTag<Readonly<Record<string, PlainField>>>;
export type Fields = Readonly<Record<string, Field>>;

export function attr<T>(
  scalar: Scalar<T>,
  options: ScalarOptions<NoInfer<T>> & (Required | { readonly fallback: NoInfer<T> }),
): Attribute<T, 'always'>;
export function attr<T>(scalar: Scalar<T>, options?: ScalarOptions<NoInfer<T>>): Attribute<T, 'maybe'>;
export function attr<T>(scalar: Scalar<T>, options: Attribute<T>['options'] = {}): Attribute<T> {
  return { kind: 'attribute', presence: presenceOf(options), scalar, options };
}

/** The element's own text. */
export function content<T>(
  scalar: Scalar<T>,
  options: ScalarOptions<NoInfer<T>> & (Required | { readonly fallback: NoInfer<T> }),
): Attribute<T, 'always'>;
export function content<T>(scalar: Scalar<T>, options?: ScalarOptions<NoInfer<T>>): Attribute<T, 'maybe'>;
export function content<T>(scalar: Scalar<T>, options: Attribute<T>['options'] = {}): Attribute<T> {
  return { kind: 'text', presence: presenceOf(options), scalar, options };
}

export function size(options: SizeOptions & Required): Size<'always'>;
export function size(options: SizeOptions): Size<'maybe'>;
export function size(options: Size['options']): Size {
  return { kind: 'size', presence: presenceOf(options), options };
}

export function child<V>(
  element: Element<V>,
  options: ChildOptions<NoInfer<V>> & (Required | { readonly fallback: NoInfer<V> } | { readonly always: true }),
): Child<V, 'always'>;
export function child<V>(element: Element<V>, options?: ChildOptions<NoInfer<V>>): Child<V, 'maybe'>;
export function child<V>(element: Element<V>, options: Child<V>['options'] = {}): Child<V> {
  return { kind: 'child', presence: presenceOf(options), element, options };
}

export function children<V>(element: Element<V>, options: ChildrenOptions<NoInfer<V>> = {}): Children<V> {
  return { kind: 'children', presence: 'always', element, options };
}

/** Elements of these names, in any order and number. */
export function mixed<const M extends Readonly<Record<string, Element<unknown>>>>(cases: M): Mixed<M> {
  return { kind: 'mixed', presence: 'always', cases, options: {} };
}

/** Describes part of the element as a value of its own. */
export function inline<V>(element: Element<V>): Inline<V, 'always'> {
  return { kind: 'inline', presence: 'always', element, options: {} };
}

/** A field per value of the tag; the tag's other values have none. */
export function byTag<const M extends Readonly<Record<string, PlainField>>>(cases: M): ByTag<M> {
  return { kind: 'byTag', presence: 'maybe', cases };
}

/** One field for several values of the tag. */
export function forTags<const K extends string, F extends PlainField>(tags: readonly K[], field: F): ByTag<Readonly<Record<K, F>>>;
export function forTags(tags: readonly string[], field: PlainField): Field {
  return byTag(Object.fromEntries(tags.map((tag) => [tag, field])));
}

function presenceOf(options: { readonly required?: unknown; readonly fallback?: unknown; readonly always?: true }): Presence {
  return options.required !== undefined || options.fallback !== undefined || options.always ? 'always' : 'maybe';
}
