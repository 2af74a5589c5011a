/** Tree-less XML writing in libvirt's layout: two spaces a level, attributes in single quotes. */

const textEscapes: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&apos;',
  '"': '&quot;',
  '\r': '&#13;',
};
const attributeEscapes: Readonly<Record<string, string>> = { ...textEscapes, '\n': '&#10;', '\t': '&#9;' };

/** Characters that XML 1.0 cannot hold at all are left out, as libvirt does. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unwritable = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

export function escapeText(text: string): string {
  return text.replace(unwritable, '').replace(/[<>&'"\r]/g, (character) => textEscapes[character] ?? character);
}

/** Line breaks and tabs become references: a bare one would be read back as a space. */
export function escapeAttribute(text: string): string {
  return text.replace(unwritable, '').replace(/[<>&'"\r\n\t]/g, (character) => attributeEscapes[character] ?? character);
}

/** Collects lines. `open` and `close` pair; an element that gets no content closes itself. */
export class XmlWriter {
  readonly #lines: string[] = [];
  #depth = 0;

  /** A start tag whose element has child elements. `attributes` is written already, with its leading space. */
  open(name: string, attributes: string): void {
    this.#line(`<${name}${attributes}>`);
    this.#depth += 1;
  }

  close(name: string): void {
    this.#depth -= 1;
    this.#line(`</${name}>`);
  }

  empty(name: string, attributes: string): void {
    this.#line(`<${name}${attributes}/>`);
  }

  text(name: string, attributes: string, text: string): void {
    this.#line(`<${name}${attributes}>${escapeText(text)}</${name}>`);
  }

  /** Text that is laid out already, except for the blanks before its first line. */
  raw(text: string): void {
    this.#line(text);
  }

  /** The blanks before a line at this depth. */
  get indent(): string {
    return '  '.repeat(this.#depth);
  }

  /** Where `collapse` finds the start tag again. */
  get lineCount(): number {
    return this.#lines.length;
  }

  /** Makes the start tag, the last line, an empty element. */
  collapse(name: string, attributes: string): void {
    this.#lines.pop();
    this.#depth -= 1;
    this.empty(name, attributes);
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  #line(text: string): void {
    this.#lines.push(this.indent + text);
  }
}
