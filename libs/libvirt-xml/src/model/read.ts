/** Reads an element's value as its description says. */
import type { LibvirtError } from '../errors/libvirt-error.js';
import { isElement, namespaceOf, splitName, textOf, type XmlElement } from '../syntax/xml-node.js';
import { readForeign } from './foreign-read.js';
import type { Attribute, Child, Children, Field, Mixed, Namespace, PlainField, Size } from './field.js';
import { saysNothing, type Element, type Shape } from './element.js';
import { fault, unsupported, xmlError, type Place } from './place.js';
import { readSize } from './size.js';

/** `inactive`: what is kept of a definition; `live`: also what a running domain has. */
export type Flavour = 'inactive' | 'live';

/** What reading may need of the world, given as arguments. */
export interface ReadContext {
  readonly flavour: Flavour;
  /** Makes a UUID for a document or a parameter that must have one and does not. */
  readonly newUuid: (() => string) | undefined;
  /** Makes a MAC address, likewise. */
  readonly newMac: (() => string) | undefined;
}

type Raw = Record<string, unknown>;

/**
 * The value of `node`, or undefined when the description drops it.
 * @throws LibvirtError at the first thing that libvirt would refuse.
 */
export function readElement<V>(spec: Element<V>, node: XmlElement, context: ReadContext): V | undefined;
export function readElement(spec: Element<unknown>, node: XmlElement, context: ReadContext): unknown {
  if (spec.unknownChild) refuseUnknown(spec.shape, node, spec.unknownChild);
  const value = readShape(spec.shape, node, context);
  const refined = value === undefined || !spec.refine ? value : spec.refine(value, { element: node }, context);
  return spec.emptyIsAbsent && saysNothing(refined) ? undefined : refined;
}

function refuseUnknown(shape: Shape, node: XmlElement, words: (name: string) => string): void {
  const known = shape.kind === 'fields' ? shape.contents.flatMap(([key, field]) => childName(key, field) ?? []) : [];
  const stranger = node.children.filter(isElement).find(({ name }) => !known.includes(name));
  if (stranger) throw unsupported({ element: stranger }, words(stranger.name));
}

const childName = (key: string, field: Field): string | undefined => (field.kind === 'byTag' ? undefined : (field.options.xml ?? key));

function readShape(shape: Shape, node: XmlElement, context: ReadContext): unknown {
  switch (shape.kind) {
    case 'flag':
      return true;
    case 'foreign':
      return readForeign(node);
    case 'lazy':
      return readElement(shape.element(), node, context);
    case 'fields':
      return readFields(shape, node, context);
  }
}

function readFields(shape: Shape & { kind: 'fields' }, node: XmlElement, context: ReadContext): unknown {
  const raw: Raw = {};
  const reading: Reading = { node, context };
  for (const [key, field] of shape.attributes) readInto(raw, key, resolve(field, raw, shape.tag), reading);
  for (const [key, field] of shape.contents) if (!(key in raw)) readInto(raw, key, resolve(field, raw, shape.tag), reading);
  return shape.bare ? raw['value'] : raw;
}

/** The field that applies, given the tag's value: undefined when there is none. */
export function resolve(field: Field, owner: Raw, tag: string | undefined): PlainField | undefined {
  if (field.kind !== 'byTag') return field;
  const value = tag === undefined ? undefined : owner[tag];
  return typeof value === 'string' ? field.cases[value] : undefined;
}

interface Reading {
  readonly node: XmlElement;
  readonly context: ReadContext;
}

function readInto(raw: Raw, key: string, field: PlainField | undefined, reading: Reading): void {
  if (!field || (field.options.live && reading.context.flavour === 'inactive')) return;
  const value = readField(key, field, reading);
  if (value !== undefined) raw[key] = value;
}

function readField(key: string, field: PlainField, reading: Reading): unknown {
  switch (field.kind) {
    case 'attribute':
    case 'text':
      return readScalar(key, field, reading);
    case 'size':
      return readQuantity(field, reading.node);
    case 'child':
      return readChild(key, field, reading);
    case 'children':
      return readChildren(key, field, reading);
    case 'mixed':
      return readMixed(field, reading);
    case 'inline':
      return readElement(field.element, reading.node, reading.context);
  }
}

function readScalar(key: string, field: Attribute<unknown>, { node, context }: Reading): unknown {
  const { options, scalar } = field;
  const name = options.xml ?? key;
  const given = givenText(name, field, node);
  if (given === undefined) return absent(options, name, node);
  const value = scalar.read(given);
  if (value === undefined) throw invalid(field, given, field.kind === 'text' ? { element: node } : { element: node, attribute: name });
  return options.blank?.includes(value) || dropped(options, value, context) ? options.fallback : value;
}

/** What is written; an element without text, and an empty attribute that means nothing, count as not written. */
function givenText(name: string, { kind, scalar }: Attribute<unknown>, node: XmlElement): string | undefined {
  const given = kind === 'text' ? textOf(node) : node.attributes.get(name);
  return given === '' && (kind === 'text' || scalar.emptyIsAbsent) ? undefined : given;
}

function dropped(options: { keep?(value: unknown): boolean }, value: unknown, { flavour }: { readonly flavour: Flavour }): boolean {
  return flavour === 'inactive' && options.keep?.(value) === false;
}

/** Messages leave the prefix out. */
const localName = ({ name }: XmlElement): string => splitName(name).local;

interface Absence {
  readonly required?: true | ((at: Place) => LibvirtError);
  readonly fallback?: unknown;
}

function absent(options: Absence, name: string, node: XmlElement): unknown {
  if (options.required === true) {
    throw xmlError({ element: node }, `Missing required attribute '${name}' in element '${localName(node)}'`, 5);
  }
  if (options.required) throw options.required({ element: node });
  return options.fallback;
}

function invalid({ options, scalar }: Attribute<unknown>, given: string, at: Place): LibvirtError {
  if (options.invalid) return options.invalid(given, at);
  const { attribute } = at;
  const name = localName(at.element);
  if (attribute === undefined) return xmlError(at, `Invalid value for element '${name}': '${given}'`);
  const hint = scalar.hint?.(given) ?? '.';
  if (hint.startsWith(':')) return xmlError(at, `Invalid value for attribute '${attribute}' in element '${name}'${hint}`, 5);
  return xmlError(at, `Invalid value for attribute '${attribute}' in element '${name}': '${given}'${hint}`, 5);
}

function readQuantity(field: Size, node: XmlElement): number | undefined {
  const given = textOf(node);
  const { options } = field;
  if (given === '') {
    absent(options, 'unit', node);
    return undefined;
  }
  const value = readSize(given, options, { element: node });
  return options.blank?.includes(value) ? undefined : value;
}

function readChild(key: string, field: Child<unknown>, { node, context }: Reading): unknown {
  const { options, element } = field;
  const name = options.xml ?? key;
  const found = findChild(node, name, options.ns);
  if (options.only && found) refuseSecond(node, found, options.only);
  const value = found
    ? readElement(element, found, context)
    : options.always
      ? readElement(element, emptyElement(name, node), context)
      : undefined;
  if (value === undefined) return missingChild(options, name, node);
  return dropped(options, value, context) ? options.fallback : value;
}

function refuseSecond(node: XmlElement, first: XmlElement, words: (at: Place) => LibvirtError): void {
  const second = node.named.get(first.name)?.find((other) => other !== first);
  if (second) throw words({ element: second });
}

function missingChild(options: Absence, name: string, node: XmlElement): unknown {
  if (options.required === true) throw xmlError({ element: node }, `Missing required element '${name}' in element '${node.name}'`);
  if (options.required) throw options.required({ element: node });
  return options.fallback;
}

/** Far beyond what a machine has, and few enough to look at each pair of them. */
const CHILDREN_MAX = 2048;

function readChildren(key: string, field: Children<unknown>, { node, context }: Reading): readonly unknown[] {
  const { options, element } = field;
  const values: unknown[] = [];
  for (const found of childrenNamed(node, options.xml ?? key, options.ns)) {
    const value = readElement(element, found, context);
    if (value !== undefined && !dropped(options, value, context)) values.push(value);
    const most = options.most ?? CHILDREN_MAX;
    if (values.length > most) throw fault({ element: node }, 'XML_DETAIL', `more than ${most} elements <${found.name}>`, 5);
  }
  return options.order ? values.toSorted((a, b) => options.order?.(a, b) ?? 0) : values;
}

function readMixed({ cases }: Mixed<Readonly<Record<string, Element<unknown>>>>, { node, context }: Reading): readonly unknown[] {
  return node.children.filter(isElement).flatMap((found) => {
    const element = Object.hasOwn(cases, found.name) ? cases[found.name] : undefined;
    const value = element && readElement(element, found, context);
    return value === undefined ? [] : [{ name: found.name, value }];
  });
}

/** The first child element of that name; later ones are not looked at, as in libvirt. */
export const findChild = (node: XmlElement, name: string, ns?: Namespace): XmlElement | undefined => childrenNamed(node, name, ns)[0];

const none: readonly XmlElement[] = [];

/** In a namespace the prefix may be any that stands for it. */
function childrenNamed(node: XmlElement, name: string, ns: Namespace | undefined): readonly XmlElement[] {
  if (node.named.size === 0) return none;
  if (!ns) return node.named.get(name) ?? none;
  return node.children.filter(isElement).filter((found) => {
    const { prefix, local } = splitName(found.name);
    return local === name && namespaceOf(found, prefix) === ns.uri;
  });
}

function emptyElement(name: string, parent: XmlElement): XmlElement {
  const { line, column } = parent;
  return { kind: 'element', name, attributes: new Map(), children: [], named: new Map(), parent, position: 0, line, column };
}
