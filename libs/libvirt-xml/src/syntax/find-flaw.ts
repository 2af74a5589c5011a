/**
 * Why a text is no XML, as libxml2 says it: the first fatal error that its parser finds, in the order in which that looks at things. A
 * reader that only finds fault, for texts that have been refused already; it builds nothing, keeps the names of open elements, and looks
 * at each character a bounded number of times.
 */
import { Cursor, Found } from './cursor.js';
import { takeDeclaration } from './declaration.js';
import { lineOf, shortened, type Flaw } from './flaw.js';
import { takeComment, takeInstruction, takeSection, takeText } from './markup.js';
import { isCharacter, nameAt, partsOf } from './names.js';

/** Said before anything of it is read. */
export const DOCUMENT_TYPE = 'a document type is not accepted';

/** @returns undefined for what libxml2 finds no fault with */
export function findFlaw(text: string): Flaw | undefined {
  try {
    new FaultFinder(text).read();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Found) return thrown.flaw;
    throw thrown;
  }
}

interface Open {
  /** As written. */
  readonly name: string;
  /** For messages: without its prefix. */
  readonly local: string;
  readonly at: number;
}

class FaultFinder {
  readonly #cursor: Cursor;
  readonly #open: Open[] = [];

  constructor(text: string) {
    this.#cursor = new Cursor(text);
  }

  read(): void {
    const cursor = this.#cursor;
    if (cursor.text === '') cursor.fail('Document is empty');
    cursor.take('\uFEFF');
    if (/^<\?xml[ \t\r\n]/.test(cursor.text.slice(cursor.at, cursor.at + 6))) {
      cursor.take('<?xml');
      takeDeclaration(cursor);
    }
    this.#takeAround();
    if (cursor.looksAt('<!DOCTYPE')) cursor.fail(DOCUMENT_TYPE);
    if (!cursor.looksAt('<')) cursor.fail("Start tag expected, '<' not found");
    this.#takeStartTag();
    while (this.#open.length > 0) this.#takeContent();
    this.#takeAround();
    if (!cursor.isAtEnd) cursor.fail('Extra content at the end of the document');
  }

  /** What may stand around the root. */
  #takeAround(): void {
    const cursor = this.#cursor;
    for (;;) {
      cursor.takeBlanks();
      if (cursor.take('<?')) takeInstruction(cursor);
      else if (cursor.take('<!--')) takeComment(cursor);
      else return;
    }
  }

  #takeContent(): void {
    const cursor = this.#cursor;
    if (cursor.isAtEnd) {
      const { local, at } = this.#open.at(-1) ?? { local: '', at: 0 };
      cursor.fail(`Premature end of data in tag ${shortened(local)} line ${lineOf(cursor.text, at)}`);
    }
    if (cursor.take('<?')) return takeInstruction(cursor);
    if (cursor.take('<![CDATA[')) return takeSection(cursor);
    if (cursor.take('<!--')) return takeComment(cursor);
    if (cursor.take('</')) return this.#takeEndTag();
    if (cursor.looksAt('<')) return this.#takeStartTag();
    return cursor.looksAt('&') ? cursor.takeReference() : takeText(cursor);
  }

  #takeStartTag(): void {
    const cursor = this.#cursor;
    const { at } = cursor;
    cursor.take('<');
    const name = cursor.takeName() ?? cursor.fail('StartTag: invalid element name');
    const { local } = partsOf(name);
    this.#takeAttributes();
    if (cursor.take('/>')) return;
    if (!cursor.take('>')) cursor.fail(`Couldn't find end of Start Tag ${shortened(local)} line ${lineOf(cursor.text, at)}`);
    this.#open.push({ name, local, at });
  }

  get #isTagsEnd(): boolean {
    return this.#cursor.looksAt('>') || this.#cursor.looksAt('/>');
  }

  #takeAttributes(): void {
    const cursor = this.#cursor;
    const names = new Set<string>();
    let twice: string | undefined;
    cursor.takeBlanks();
    while (!this.#isTagsEnd && isCharacter(cursor.here)) {
      const name = this.#takeAttribute();
      if (names.has(name)) twice ??= name;
      // Namespaces are told apart at once, the others when all are there.
      if (names.has(name) && /^xmlns(?::|$)/.test(name)) this.#failTwice(name);
      names.add(name);
      if (!cursor.takeBlanks() && !this.#isTagsEnd) cursor.fail('attributes construct error');
    }
    if (twice !== undefined) this.#failTwice(twice);
  }

  #failTwice(name: string): never {
    return this.#cursor.fail(`Attribute ${shortened(name)} redefined`);
  }

  #takeAttribute(): string {
    const cursor = this.#cursor;
    const name = cursor.takeName() ?? cursor.fail('error parsing attribute name');
    cursor.takeBlanks();
    if (!cursor.take('=')) cursor.fail(`Specification mandates value for attribute ${shortened(partsOf(name).local)}`);
    cursor.takeBlanks();
    const quote = ['"', "'"].find((each) => cursor.take(each)) ?? cursor.fail('AttValue: " or \' expected');
    while (!cursor.take(quote)) {
      const { here } = cursor;
      if (here === '<') cursor.fail("Unescaped '<' not allowed in attributes values");
      if (here === '') cursor.fail("AttValue: ' expected");
      if (!isCharacter(here)) cursor.fail('invalid character in attribute value');
      if (here === '&') cursor.takeReference();
      else cursor.at += here.length;
    }
    return name;
  }

  #takeEndTag(): void {
    const cursor = this.#cursor;
    const open = this.#open.pop() ?? { name: '', local: '', at: 0 };
    const name = nameAt(cursor.text, cursor.at);
    cursor.takeName();
    cursor.takeBlanks();
    if (!cursor.take('>')) cursor.fail("expected '>'");
    if (name === open.name) return;
    const shown = name === undefined ? 'unparsable' : closing(name, open);
    cursor.fail(`Opening and ending tag mismatch: ${shortened(open.local)} line ${lineOf(cursor.text, open.at)} and ${shortened(shown)}`);
  }
}

/** A prefix is looked for where there was one. */
const closing = (name: string, open: Open): string => (open.local === open.name ? name : partsOf(name).local);
