import { shortened, type Flaw } from './flaw.js';
import { isCharacter, nameAt } from './names.js';

/** The first flaw, on its way out of the reader. */
export class Found extends Error {
  constructor(readonly flaw: Flaw) {
    super(flaw.reason);
  }
}

const blanks = /[ \t\r\n]*/y;
const predefined: ReadonlySet<string> = new Set(['lt', 'gt', 'amp', 'apos', 'quot']);
const MOST = 0x10_ff_ff;

/** A place in a text that moves forward. What is found there in libxml2's order is its first error. */
export class Cursor {
  at = 0;

  constructor(readonly text: string) {}

  /** The character here, '' behind the end. @throws Found for those two that libxml2 never takes */
  get here(): string {
    const code = this.text.codePointAt(this.at);
    if (code === 0xff_fe || code === 0xff_ff) this.fail(`Char 0x${code.toString(16).toUpperCase()} out of allowed range`);
    return code === undefined ? '' : String.fromCodePoint(code);
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  looksAt(words: string): boolean {
    return this.text.startsWith(words, this.at);
  }

  /** Passes over these words when they are here. */
  take(words: string): boolean {
    if (!this.looksAt(words)) return false;
    this.at += words.length;
    return true;
  }

  takeBlanks(): boolean {
    blanks.lastIndex = this.at;
    const length = blanks.exec(this.text)?.[0].length ?? 0;
    this.at += length;
    return length > 0;
  }

  takeName(): string | undefined {
    const name = this.here === '' ? undefined : nameAt(this.text, this.at);
    this.at += name?.length ?? 0;
    if (name !== undefined) void this.here;
    return name;
  }

  fail(reason: string, at = this.at, countedAt = at): never {
    throw new Found({ reason, at, ...(countedAt === at ? {} : { countedAt }) });
  }

  /** What begins with `&`: one of the five entities, or a character's number. */
  takeReference(): void {
    this.at += 1;
    if (this.take('#')) return this.takeCharacterNumber();
    const name = this.takeName() ?? this.fail('xmlParseEntityRef: no name');
    if (!this.take(';')) this.fail("EntityRef: expecting ';'");
    if (!predefined.has(name)) this.fail(`Entity '${shortened(name)}' not defined`);
  }

  private takeCharacterNumber(): void {
    const [digit, base, kind] = this.take('x') ? ([/[0-9a-fA-F]/, 16, 'hexadecimal'] as const) : ([/\d/, 10, 'decimal'] as const);
    let value = 0;
    while (!this.take(';')) {
      const next = this.here;
      if (!digit.test(next)) this.fail(`CharRef: invalid ${kind} value`);
      value = Math.min(MOST + 1, value * base + Number.parseInt(next, base));
      this.at += 1;
    }
    if (value > MOST) this.fail('xmlParseCharRef: character reference out of bounds');
    if (!isCharacter(String.fromCodePoint(value))) this.fail(`xmlParseCharRef: invalid xmlChar value ${value}`);
  }
}
