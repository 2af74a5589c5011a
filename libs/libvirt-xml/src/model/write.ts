/** Writes a value as its description says. */
import { escapeAttribute, XmlWriter } from '../syntax/write-xml.js';
import { saysNothing, type Element, type Shape } from './element.js';
import type { Attribute, Child, Children, Field, Mixed, Namespace, PlainField, Size } from './field.js';
import { writeForeign } from './foreign-write.js';
import { isForeignElement } from './foreign.js';
import { resolve, type Flavour } from './read.js';
import { writeSize } from './size.js';

/** For whom a document is written. */
export interface Audience {
  readonly flavour: Flavour;
  /** Whether they may see secrets. */
  readonly secrets: boolean;
}

/** A document of one element. */
export function writeDocument<V>(spec: Element<V>, name: string, value: V, audience: Audience): string {
  const writer = new XmlWriter();
  writeElement(spec, value, { name, writer, declared: [], ...audience });
  return writer.toString();
}

interface Writing extends Audience {
  readonly name: string;
  readonly writer: XmlWriter;
  /** Namespace prefixes that an outer element declares. */
  readonly declared: readonly string[];
}

type Owner = Record<string, unknown>;
type FieldsShape = Shape & { readonly kind: 'fields' };

function isOwner(value: unknown): value is Owner {
  return typeof value === 'object' && value !== null;
}

function writeElement(spec: Element<unknown>, value: unknown, writing: Writing): void {
  if (spec.emptyIsAbsent && saysNothing(value)) return;
  const { shape } = spec;
  switch (shape.kind) {
    case 'lazy':
      return writeElement(shape.element(), value, writing);
    case 'flag':
      if (value === true) writing.writer.empty(writing.name, '');
      return;
    case 'foreign':
      if (isForeignElement(value)) writing.writer.raw(writeForeign(value, writing.writer.indent));
      return;
    case 'fields':
      return writeFields(shape, shape.bare ? { value } : value, { ...writing, paired: spec.paired === true });
  }
}

/** A field that has a value, with the value that holds it. */
interface Held<F> {
  readonly key: string;
  readonly field: F;
  readonly value: unknown;
  readonly owner: Owner;
}

/** The fields of an element that are written, those of its inline parts among them. */
function heldFields(shape: FieldsShape, owner: Owner, audience: Audience): readonly Held<PlainField>[] {
  return [...shape.attributes, ...shape.contents.filter((one) => !shape.attributes.includes(one))].flatMap(([key, field]) =>
    held(key, field, { shape, owner, audience }),
  );
}

interface Holder {
  readonly shape: FieldsShape;
  readonly owner: Owner;
  readonly audience: Audience;
}

function held(key: string, field: Field, { shape, owner, audience }: Holder): readonly Held<PlainField>[] {
  const plain = resolve(field, owner, shape.tag);
  const value = owner[key];
  if (!plain || value === undefined || hidden(plain, audience)) return [];
  if (plain.kind !== 'inline') return [{ key, field: plain, value, owner }];
  const inner = plain.element.shape;
  return inner.kind === 'fields' && isOwner(value) ? heldFields(inner, value, audience) : [];
}

const hidden = ({ options }: PlainField, { flavour, secrets }: Audience): boolean =>
  (options.live === true && flavour === 'inactive') || (options.secret === true && !secrets);

/** Whether an inactive definition keeps a value. */
function isKept(options: { keep?(value: unknown): boolean }, value: unknown, { flavour }: Audience): boolean {
  return flavour !== 'inactive' || options.keep?.(value) !== false;
}

function writeFields(shape: FieldsShape, owner: unknown, writing: Writing & { readonly paired: boolean }): void {
  if (!isOwner(owner)) return;
  const { name, writer } = writing;
  const fields = heldFields(shape, owner, writing);
  const namespaces = namespacesOf(fields).filter(({ prefix }) => !writing.declared.includes(prefix));
  const attributes = attributesOf(fields, writing) + namespaces.map(({ prefix, uri }) => ` xmlns:${prefix}='${uri}'`).join('');
  const body = bodyOf(fields);
  if (body !== undefined) return writer.text(name, attributes, body);
  writer.open(name, attributes);
  const line = writer.lineCount;
  const inner = { ...writing, declared: [...writing.declared, ...namespaces.map(({ prefix }) => prefix)] };
  for (const one of fields) writeContent(one, inner);
  if (writer.lineCount === line && !writing.paired) writer.collapse(name, attributes);
  else writer.close(name);
}

const attributesOf = (fields: readonly Held<PlainField>[], audience: Audience): string =>
  fields.map((one) => attributeOf(one, audience)).join('');

function attributeOf({ key, field, value, owner }: Held<PlainField>, audience: Audience): string {
  if (field.kind === 'size') return ` unit='${writeSize(value, field.options).unit}'`;
  if (field.kind !== 'attribute' || !isShown(field, owner) || !isKept(field.options, value, audience)) return '';
  return ` ${field.options.xml ?? key}='${escapeAttribute(field.scalar.write(value))}'`;
}

function isShown({ options }: Attribute<unknown>, owner: Owner): boolean {
  const asked: { shown?(owner: Owner): boolean } = options;
  return asked.shown?.(owner) !== false;
}

/** The element's text, when it has any. */
function bodyOf(fields: readonly Held<PlainField>[]): string | undefined {
  const found = fields.find(({ field }) => field.kind === 'text' || field.kind === 'size');
  return found && textOf(found.field, found.value);
}

function textOf(field: PlainField | Size, value: unknown): string | undefined {
  if (field.kind === 'text') return field.scalar.write(value);
  return field.kind === 'size' ? String(writeSize(value, field.options).value) : undefined;
}

function writeContent({ key, field, value }: Held<PlainField>, writing: Writing): void {
  if (field.kind === 'mixed') return writeMixed(field, value, writing);
  if (!isContent(field)) return;
  const { ns, xml = key } = field.options;
  const name = ns ? `${ns.prefix}:${xml}` : xml;
  for (const one of valuesOf(field, value)) {
    if (isKept(field.options, one, writing)) writeElement(field.element, one, { ...writing, name });
  }
}

function writeMixed({ cases }: Mixed<Readonly<Record<string, Element<unknown>>>>, value: unknown, writing: Writing): void {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  for (const item of items) {
    if (!isOwner(item) || typeof item['name'] !== 'string') continue;
    const element = cases[item['name']];
    if (element) writeElement(element, item['value'], { ...writing, name: item['name'] });
  }
}

function isContent(field: PlainField): field is Child<unknown> | Children<unknown> {
  return field.kind === 'child' || field.kind === 'children';
}

const valuesOf = (field: Child<unknown> | Children<unknown>, value: unknown): readonly unknown[] =>
  field.kind === 'children' && Array.isArray(value) ? value : [value];

/** Namespaces of the child elements that have a value: declared where they are used. */
function namespacesOf(fields: readonly Held<PlainField>[]): readonly Namespace[] {
  const used = new Map<string, Namespace>();
  for (const { field, value } of fields) {
    if (isContent(field) && field.options.ns && valuesOf(field, value).length > 0) used.set(field.options.ns.prefix, field.options.ns);
  }
  return [...used.values()];
}
