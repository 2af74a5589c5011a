/** Pieces of XML that commands make of options. */

export const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&apos;');

/** `<format type='qcow2'/>` with the attributes that have a value. */
export function element(name: string, attributes: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [` ${key}='${escaped(value)}'`]));
  return `<${name}${given.join('')}/>`;
}

/** `<name>text</name>` */
export const textElement = (name: string, text: string | number): string => `<${name}>${escaped(String(text))}</${name}>`;

/** Lines below an element, or nothing when there are none. */
export function nested(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`<${name}>`, ...lines.map((line) => `  ${line}`), `</${name}>`];
}
