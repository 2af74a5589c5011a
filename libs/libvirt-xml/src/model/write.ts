/** Writes a value as its description says. */
import { escapeAttribute, XmlWriter } from '../syntax/write-xml.js';
import { writeForeign } from './foreign-write.js';
import { isForeignElement } from './foreign.js';
import type { Child, Children, Namespace, PlainField } from './field.js';
import { saysNothing, type Element, type Shape } from './element.js';
import { resolve, type Flavour } from './read.js';
import { writeSize } from './size.js';

/** A document of one element. */
export function writeDocument<V>(spec: Element<V>, name: string, value: V, audience: Audience): string {
  const writer = new XmlWriter();
  writeElement(spec, value, { name, writer, declared: [], ...audience });
  return writer.toString();
}

/** For whom a document is written. */
export interface Audience {
  readonly flavour: Flavour;
  /** Whether they may see secrets. */
  readonly secrets: boolean;
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
  const { shape } = spec;
  if (spec.emptyIsAbsent && saysNothing(value)) return;
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
  const { name, writer } = writing;
  const namespaces = namespacesOf(shape, owner).filter(({ prefix }) => !writing.declared.includes(prefix));
  const attributes = attributesOf(shape, owner, writing) + namespaces.map(({ prefix, uri }) => ` xmlns:${prefix}='${uri}'`).join('');
  const inner = { ...writing, declared: [...writing.declared, ...namespaces.map(({ prefix }) => prefix)] };
  const body = bodyOf(shape, owner);
  if (body !== undefined) return writer.text(name, attributes, body);
  writer.open(name, attributes);
  const line = writer.lineCount;
  writeContents(shape, owner, inner);
  if (writer.lineCount === line && !writing.paired) writer.collapse(name, attributes);
  else writer.close(name);
}

function writeContents(shape: FieldsShape, owner: Owner, writing: Writing): void {
  for (const [key, field] of shape.contents) {
    const plain = resolve(field, owner, shape.tag);
    if (plain && owner[key] !== undefined && !hidden(plain, writing)) writeContent(key, plain, owner[key], writing);
  }
}

const hidden = ({ options }: PlainField, { flavour, secrets }: Audience): boolean =>
  (options.live === true && flavour === 'inactive') || (options.secret === true && !secrets);

function attributesOf(shape: FieldsShape, owner: Owner, audience: Audience): string {
  return shape.attributes
    .map(([key, field]) => {
      const plain = resolve(field, owner, shape.tag);
      return plain && owner[key] !== undefined && !hidden(plain, audience) ? attributeOf(key, plain, { owner, audience }) : '';
    })
    .join('');
}

function attributeOf(key: string, field: PlainField, { owner, audience }: { owner: Owner; audience: Audience }): string {
  const value = owner[key];
  if (field.kind === 'inline')
    return field.element.shape.kind === 'fields' && isOwner(value) ? attributesOf(field.element.shape, value, audience) : '';
  if (field.kind === 'size') return ` unit='${writeSize(value, field.options).unit}'`;
  if (field.kind !== 'attribute') return '';
  const { options, scalar } = field;
  if (!isShown(options, owner) || (audience.flavour === 'inactive' && options.keep?.(owner[key]) === false)) return '';
  return ` ${options.xml ?? key}='${escapeAttribute(scalar.write(owner[key]))}'`;
}

function isShown(options: { shown?(owner: Owner): boolean }, owner: Owner): boolean {
  return options.shown?.(owner) !== false;
}

/** The element's text, when it has any. */
function bodyOf(shape: FieldsShape, owner: Owner): string | undefined {
  for (const [key, field] of [...shape.contents, ...shape.attributes]) {
    const plain = resolve(field, owner, shape.tag);
    const value = owner[key];
    if (value === undefined) continue;
    const inner =
      plain?.kind === 'inline' && plain.element.shape.kind === 'fields' && isOwner(value) ? bodyOf(plain.element.shape, value) : undefined;
    if (inner !== undefined) return inner;
    if (plain?.kind === 'text') return plain.scalar.write(value);
    if (plain?.kind === 'size') return String(writeSize(value, plain.options).value);
  }
  return undefined;
}

function writeContent(key: string, field: PlainField, value: unknown, writing: Writing): void {
  const { flavour } = writing;
  if (field.kind === 'inline' && field.element.shape.kind === 'fields' && isOwner(value))
    return writeContents(field.element.shape, value, writing);
  if (field.kind !== 'child' && field.kind !== 'children') return;
  const name = qualified(field.options.xml ?? key, field.options.ns);
  for (const one of field.kind === 'children' && Array.isArray(value) ? value : [value]) {
    if (flavour === 'inactive' && field.options.keep?.(one) === false) continue;
    writeElement(field.element, one, { ...writing, name });
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
