/** Writes a value as its description says. */
import { escapeAttribute, XmlWriter } from '../syntax/write-xml.js';
import { writeForeign } from './foreign-write.js';
import { isForeignElement } from './foreign.js';
import type { Child, Children, Namespace, PlainField } from './field.js';
import type { Element, Shape } from './element.js';
import { resolve, type Flavour } from './read.js';

/** A document of one element. */
export function writeDocument<V>(spec: Element<V>, name: string, value: V, flavour: Flavour): string {
  const writer = new XmlWriter();
  writeElement(spec, value, { name, writer, flavour, declared: [] });
  return writer.toString();
}

interface Writing {
  readonly name: string;
  readonly writer: XmlWriter;
  readonly flavour: Flavour;
  /** Namespace prefixes that an outer element declares. */
  readonly declared: readonly string[];
}

type Owner = Record<string, unknown>;
type FieldsShape = Shape & { readonly kind: 'fields' };

function isOwner(value: unknown): value is Owner {
  return typeof value === 'object' && value !== null;
}

function writeElement(spec: Element<unknown>, value: unknown, writing: Writing): void {
  const { shape } = spec;
  if (shape.kind === 'lazy') return writeElement(shape.element(), value, writing);
  if (shape.kind === 'flag') {
    if (value === true) writing.writer.empty(writing.name, '');
    return;
  }
  if (shape.kind === 'foreign') {
    if (isForeignElement(value)) writing.writer.raw(writeForeign(value, writing.writer.indent));
    return;
  }
  const owner = shape.bare ? { value } : value;
  if (isOwner(owner)) writeFields(shape, owner, { ...writing, paired: spec.paired === true });
}

function writeFields(shape: FieldsShape, owner: Owner, writing: Writing & { readonly paired: boolean }): void {
  const { name, writer, flavour } = writing;
  const namespaces = namespacesOf(shape, owner).filter(({ prefix }) => !writing.declared.includes(prefix));
  const attributes = attributesOf(shape, owner, flavour) + namespaces.map(({ prefix, uri }) => ` xmlns:${prefix}='${uri}'`).join('');
  const inner = { ...writing, declared: [...writing.declared, ...namespaces.map(({ prefix }) => prefix)] };
  const body = bodyOf(shape, owner);
  if (body !== undefined) return writer.text(name, attributes, body);
  writer.open(name, attributes);
  const line = writer.lineCount;
  for (const [key, field] of shape.contents) {
    const plain = resolve(field, owner, shape.tag);
    if (plain && owner[key] !== undefined && !hidden(plain, flavour)) writeContent(key, plain, owner[key], inner);
  }
  if (writer.lineCount === line && !writing.paired) writer.collapse(name, attributes);
  else writer.close(name);
}

const hidden = (field: PlainField, flavour: Flavour): boolean => field.options.live === true && flavour === 'inactive';

function attributesOf(shape: FieldsShape, owner: Owner, flavour: Flavour): string {
  let written = '';
  for (const [key, field] of shape.attributes) {
    const plain = resolve(field, owner, shape.tag);
    const value = owner[key];
    if (!plain || value === undefined || hidden(plain, flavour)) continue;
    if (plain.kind === 'size') written += plain.options.style === 'plain' ? '' : ` unit='${plain.options.unit}'`;
    if (plain.kind !== 'attribute' || (flavour === 'inactive' && plain.options.keep?.(value) === false)) continue;
    written += ` ${plain.options.xml ?? key}='${escapeAttribute(plain.scalar.write(value))}'`;
  }
  return written;
}

/** The element's text, when it has any. */
function bodyOf(shape: FieldsShape, owner: Owner): string | undefined {
  for (const [key, field] of [...shape.contents, ...shape.attributes]) {
    const plain = resolve(field, owner, shape.tag);
    const value = owner[key];
    if (value === undefined) continue;
    if (plain?.kind === 'text') return plain.scalar.write(value);
    if (plain?.kind === 'size' && typeof value === 'number') return String(value);
  }
  return undefined;
}

function writeContent(key: string, field: PlainField, value: unknown, { writer, flavour, declared }: Writing): void {
  if (field.kind !== 'child' && field.kind !== 'children') return;
  const name = qualified(field.options.xml ?? key, field.options.ns);
  for (const one of field.kind === 'children' && Array.isArray(value) ? value : [value]) {
    if (flavour === 'inactive' && field.options.keep?.(one) === false) continue;
    writeElement(field.element, one, { name, writer, flavour, declared });
  }
}

const qualified = (name: string, ns: Namespace | undefined): string => (ns ? `${ns.prefix}:${name}` : name);

/** Namespaces of the child elements that have a value: declared where they are used. */
function namespacesOf(shape: FieldsShape, owner: Owner): readonly Namespace[] {
  const used = new Map<string, Namespace>();
  for (const [key, field] of shape.contents) {
    if ((field.kind === 'child' || field.kind === 'children') && field.options.ns && hasValue(field, owner[key])) {
      used.set(field.options.ns.prefix, field.options.ns);
    }
  }
  return [...used.values()];
}

function hasValue(field: Child<unknown> | Children<unknown>, value: unknown): boolean {
  return field.kind === 'children' ? Array.isArray(value) && value.length > 0 : value !== undefined;
}
