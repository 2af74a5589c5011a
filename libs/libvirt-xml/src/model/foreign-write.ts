import { isForeignElement, type ForeignElement, type ForeignNode } from './foreign.js';

const escapes: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};
const escapeWith = (pattern: RegExp, given: string): string => given.replace(pattern, (character) => escapes[character] ?? character);
const escapeText = (given: string): string => escapeWith(/[<>&\r]/g, given);
const escapeAttribute = (given: string): string => escapeWith(/[<>&"\r\n\t]/g, given);

/**
 * An element in libxml2's layout: double quotes, two spaces a level, and no layout where there is text.
 * @param indent the blanks before its first line, which are not written; undefined inside text, where a blank is content.
 */
export function writeForeign({ name, attributes, children }: ForeignElement, indent: string | undefined): string {
  const start = `<${name}${attributes.map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`).join('')}`;
  if (children.length === 0) return `${start}/>`;
  const laidOut =
    indent !== undefined && children.every((child) => isForeignElement(child) || child.kind === 'comment' || child.kind === 'instruction');
  if (!laidOut) return `${start}>${children.map((child) => writeNode(child, undefined)).join('')}</${name}>`;
  const inner = `${indent}  `;
  return `${start}>\n${children.map((child) => `${inner}${writeNode(child, inner)}\n`).join('')}${indent}</${name}>`;
}

function writeNode(node: ForeignNode, indent: string | undefined): string {
  if (isForeignElement(node)) return writeForeign(node, indent);
  switch (node.kind) {
    case 'text':
      return escapeText(node.text);
    case 'cdata':
      return `<![CDATA[${node.text}]]>`;
    case 'comment':
      return `<!--${node.text}-->`;
    case 'instruction':
      return `<?${node.target} ${node.text}?>`;
  }
}
