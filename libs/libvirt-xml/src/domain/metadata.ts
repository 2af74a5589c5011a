/** Title, description and the elements of `<metadata>`, read and changed by themselves as virsh's `desc` and `metadata` do. */
import { LibvirtError } from '../errors/libvirt-error.js';
import { isForeignElement, type ForeignElement, type ForeignNode } from '../model/foreign.js';
import { writeForeign } from '../model/foreign-write.js';
import { readForeign } from '../model/foreign-read.js';
import { parseXml } from '../syntax/parse-xml.js';
import type { DomainDef } from './domain.js';

export type MetadataPart =
  | { readonly kind: 'title' | 'description' }
  /** The element of a namespace. */
  | { readonly kind: 'element'; readonly uri: string };

/** An element gets the namespace that it is to have, under a prefix of the caller's choice. */
export type MetadataEdit = MetadataPart & {
  /** Absent takes the part away. */
  readonly value?: string | undefined;
  readonly key?: string | undefined;
};

/** @returns undefined when the domain has no such part */
export function metadataOf(domain: DomainDef, part: MetadataPart): string | undefined {
  if (part.kind !== 'element') return domain[part.kind];
  const found = domain.metadata?.children.find((child) => isForeignElement(child) && namespaceIn(child, domain.metadata) === part.uri);
  return found && isForeignElement(found) ? writeForeign(withoutNamespace(found, part.uri), '') : undefined;
}

/** @throws LibvirtError INVALID_ARG, XML_ERROR and XML_DETAIL for what cannot be a title or an element */
export function withMetadata(domain: DomainDef, edit: MetadataEdit): DomainDef {
  if (edit.kind === 'element') return withElement(domain, edit);
  const { [edit.kind]: _, ...rest } = domain;
  if (edit.value === undefined || edit.value === '') return rest;
  if (edit.kind === 'title' && edit.value.includes('\n')) throw new LibvirtError('INVALID_ARG', `metadata title can't contain newlines`);
  return { ...rest, [edit.kind]: edit.value };
}

function withElement(domain: DomainDef, { uri, key, value }: MetadataEdit & { readonly kind: 'element' }): DomainDef {
  const { metadata } = domain;
  const others = metadata?.children.filter((child) => !isForeignElement(child) || namespaceIn(child, metadata) !== uri) ?? [];
  const children = value === undefined ? others : [...others, elementOf(value, { uri, key })];
  if (children.length === 0 && metadata === undefined) return domain;
  return { ...domain, metadata: { name: 'metadata', attributes: metadata?.attributes ?? [], children } };
}

function elementOf(xml: string, { uri, key }: { readonly uri: string; readonly key: string | undefined }): ForeignElement {
  if (key === undefined || !/^[A-Za-z_][\w.-]*$/.test(key)) {
    throw new LibvirtError('INVALID_ARG', 'a metadata element needs a key that can be the prefix of its namespace');
  }
  // Only what has a namespace is kept of a foreign element's children: the element is read inside of one that gives it its own.
  parseXml(xml, 'metadata_xml');
  const wrapped = parseXml(`<metadata><w:w xmlns:w="urn:w">${documentElement(xml)}</w:w></metadata>`, 'metadata_xml');
  const holder = readForeign(wrapped).children.find(isForeignElement);
  const element = holder?.children.find(isForeignElement);
  if (!element) throw new LibvirtError('XML_ERROR', 'a metadata element must be one element');
  const prefixed = withPrefix(element, key);
  return { ...prefixed, attributes: [[`xmlns:${key}`, uri], ...prefixed.attributes.filter(([name]) => name !== `xmlns:${key}`)] };
}

/** Without the declaration that only a document may begin with. */
const documentElement = (xml: string): string => xml.replace(/^\s*<\?xml[^?]*\?>/, '');

const prefixOf = (name: string): string | undefined => (name.includes(':') ? name.slice(0, name.indexOf(':')) : undefined);

function withPrefix(element: ForeignElement, prefix: string): ForeignElement {
  const name = prefixOf(element.name) === undefined ? `${prefix}:${element.name}` : element.name;
  return { ...element, name, children: element.children.map((child) => (isForeignElement(child) ? withPrefix(child, prefix) : child)) };
}

function namespaceIn(element: ForeignElement, holder: ForeignElement | undefined): string | undefined {
  const prefix = prefixOf(element.name);
  const declaration = prefix === undefined ? 'xmlns' : `xmlns:${prefix}`;
  const declared = [...element.attributes, ...(holder?.attributes ?? [])].find(([name]) => name === declaration);
  return declared?.[1];
}

/** The declaration goes, and with it the prefix of everything that was in the namespace. */
function withoutNamespace(element: ForeignElement, uri: string): ForeignElement {
  const prefix = prefixOf(element.name);
  const declaration = prefix === undefined ? 'xmlns' : `xmlns:${prefix}`;
  const bare = (node: ForeignNode): ForeignNode => {
    if (!isForeignElement(node)) return node;
    const name = prefix !== undefined && node.name.startsWith(`${prefix}:`) ? node.name.slice(prefix.length + 1) : node.name;
    const attributes = node.attributes.filter(([given, value]) => given !== declaration || value !== uri);
    return { name, attributes, children: node.children.map(bare) };
  };
  const result = bare(element);
  return isForeignElement(result) ? result : element;
}
