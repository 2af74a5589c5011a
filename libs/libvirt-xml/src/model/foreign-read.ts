import { isElement, namespaceOf, splitName, type XmlElement, type XmlNode } from '../syntax/xml-node.js';
import type { ForeignElement, ForeignNode } from './foreign.js';

/**
 * An element as plain data: blanks between elements go, prefixes that only an outer element declares are declared here.
 * Only children with a namespace of their own stay, one for each namespace, as libvirt keeps `<metadata>`.
 */
export function readForeign(node: XmlElement): ForeignElement {
  const seen = new Set<string>();
  const children = node.children.filter((child) => {
    const uri = isElement(child) ? namespaceOf(child, splitName(child.name).prefix) : undefined;
    if (uri === undefined || seen.has(uri)) return false;
    seen.add(uri);
    return true;
  });
  return { name: node.name, attributes: [...node.attributes, ...outerNamespaces(node)], children: children.map(copy) };
}

function copy(node: XmlNode): ForeignNode {
  if (!isElement(node)) return node;
  return { name: node.name, attributes: [...node.attributes], children: withoutBlanks(node.children).map(copy) };
}

/** Blank text between elements is layout; blank text that stands alone or beside other text is content. */
function withoutBlanks(children: readonly XmlNode[]): readonly XmlNode[] {
  const mixed = children.some((child) => (child.kind === 'text' && child.text.trim() !== '') || child.kind === 'cdata');
  if (mixed || children.length < 2) return children;
  return children.filter((child) => child.kind !== 'text');
}

function outerNamespaces(node: XmlElement): [string, string][] {
  const prefixes = new Set<string>();
  collectPrefixes(node, prefixes);
  return [...prefixes].flatMap((prefix): [string, string][] => {
    const uri = node.parent && !node.attributes.has(declarationOf(prefix)) ? namespaceOf(node.parent, prefix) : undefined;
    return uri === undefined ? [] : [[declarationOf(prefix), uri]];
  });
}

const declarationOf = (prefix: string): string => (prefix === '' ? 'xmlns' : `xmlns:${prefix}`);

/** Prefixes used inside `node` that nothing inside it declares. */
function collectPrefixes(node: XmlElement, prefixes: Set<string>): void {
  for (const child of node.children.filter(isElement)) {
    const names = [child.name, ...[...child.attributes.keys()].filter((name) => name.includes(':') && !name.startsWith('xml'))];
    const inner = new Set(names.map((name) => splitName(name).prefix));
    collectPrefixes(child, inner);
    for (const prefix of inner) if (!child.attributes.has(declarationOf(prefix))) prefixes.add(prefix);
  }
}
