/** An element as read, with what an error needs to name it. Namespace declarations stay among the attributes. */
export interface XmlElement {
  readonly kind: 'element';
  /** Name as written, prefix included. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  /** The child elements by their name as written. */
  readonly named: ReadonlyMap<string, readonly XmlElement[]>;
  readonly parent: XmlElement | undefined;
  /** Number of earlier siblings of the same name. */
  readonly position: number;
  readonly line: number;
  readonly column: number;
}

export type XmlNode =
  | XmlElement
  | { readonly kind: 'text' | 'cdata' | 'comment'; readonly text: string }
  | { readonly kind: 'instruction'; readonly target: string; readonly text: string };

export const isElement = (node: XmlNode): node is XmlElement => node.kind === 'element';

/** All text inside, as XPath's string() gives it. */
export function textOf(element: XmlElement): string {
  let text = '';
  for (const child of element.children) {
    if (child.kind === 'element') text += textOf(child);
    else if (child.kind === 'text' || child.kind === 'cdata') text += child.text;
  }
  return text;
}

/** XPath of an element, such as `/domain/devices/interface[2]/source`; an index only where several share the name. */
export function pathOf(element: XmlElement): string {
  const above = element.parent ? pathOf(element.parent) : '';
  return `${above}/${element.name}${isOneOfMany(element) ? `[${element.position + 1}]` : ''}`;
}

function isOneOfMany(element: XmlElement): boolean {
  if (element.position > 0) return true;
  return element.parent?.named.get(element.name)?.some((other) => other !== element) ?? false;
}

/** URI that a prefix ('' for none) stands for at an element, or undefined when nothing declares it. */
export function namespaceOf(element: XmlElement, prefix: string): string | undefined {
  const declaration = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
  for (let at: XmlElement | undefined = element; at; at = at.parent) {
    const uri = at.attributes.get(declaration);
    if (uri !== undefined) return uri === '' ? undefined : uri;
  }
  return undefined;
}

/** Splits `qemu:arg` into prefix and local name. */
export function splitName(name: string): { readonly prefix: string; readonly local: string } {
  const colon = name.indexOf(':');
  return colon < 0 ? { prefix: '', local: name } : { prefix: name.slice(0, colon), local: name.slice(colon + 1) };
}
