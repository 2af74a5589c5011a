/** Comments, instructions, sections and text: what there is beside elements. */
import type { Cursor } from './cursor.js';
import { shortened } from './flaw.js';
import { isCharacter } from './names.js';

/** libxml2 shows so many bytes of what it was reading. */
const SHOWN_BYTES = 50;
const shown = (text: string): string =>
  Buffer.from(text)
    .subarray(0, SHOWN_BYTES)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');

/** Passes over characters up to what ends them. @returns where it ended: before the ending, or before what is no character */
function upTo(cursor: Cursor, ending: string): boolean {
  while (!cursor.looksAt(ending)) {
    const { here } = cursor;
    if (!isCharacter(here)) return false;
    cursor.at += here.length;
  }
  return true;
}

/** What does not end a quick look. */
const quick = /[\t\n\x20-\x7f]|\r\n/y;

/** Behind `<!--`: what is ASCII is looked through quickly, and from the first other character on by three of them. */
export function takeComment(cursor: Cursor): void {
  const from = cursor.at;
  for (;;) {
    if (cursor.take('-->')) return;
    if (cursor.looksAt('--')) {
      const before = cursor.text.slice(from, cursor.at);
      cursor.fail(`Double hyphen within comment${before === '' ? '' : `: <!--${shown(before)}`}`);
    }
    quick.lastIndex = cursor.at;
    const length = quick.exec(cursor.text)?.[0].length;
    if (length === undefined) return takeRest(cursor, from);
    cursor.at += length;
  }
}

function takeRest(cursor: Cursor, from: number): void {
  const read: string[] = [];
  for (;;) {
    const { here } = cursor;
    const [q = '', r = ''] = read.slice(-2);
    const closing = read.length >= 2 && q === '-' && r === '-';
    if (closing && here === '>') return void cursor.take('>');
    if (!isCharacter(here)) return unfinished(cursor, { from, read, here });
    if (closing) cursor.fail("Comment must not contain '--' (double-hyphen)");
    read.push(here);
    cursor.at += here.length;
  }
}

interface Stopped {
  readonly from: number;
  readonly read: readonly string[];
  readonly here: string;
}

function unfinished(cursor: Cursor, { from, read, here }: Stopped): never {
  // Of the second character that is none, the one before it is told.
  const told = read.length === 1 ? (read[0] ?? '') : here;
  if (here !== '') cursor.fail(`xmlParseComment: invalid xmlChar value ${told.codePointAt(0) ?? 0}`);
  if (read.length < 2) cursor.fail('Comment not terminated');
  const before = cursor.text.slice(from, cursor.at - read.slice(-2).join('').length);
  return cursor.fail(`Comment not terminated \n<!--${shown(before)}`);
}

/** Behind `<![CDATA[`. */
export function takeSection(cursor: Cursor): void {
  const from = cursor.at;
  if (upTo(cursor, ']]>')) return void cursor.take(']]>');
  const read = [...cursor.text.slice(from, cursor.at)];
  if (read.length < 2) cursor.fail('Unregistered error message');
  cursor.fail(`CData section not finished\n${shown(read.slice(0, -2).join(''))}`);
}

/** Behind `<?`. */
export function takeInstruction(cursor: Cursor): void {
  const name = cursor.takeName() ?? cursor.fail('xmlParsePI : no target name');
  if (name === 'xml') cursor.fail('XML declaration allowed only at the start of the document');
  if (name.toLowerCase() === 'xml') cursor.fail('Invalid PI name');
  if (cursor.take('?>')) return;
  if (!cursor.takeBlanks()) cursor.fail(`ParsePI: PI ${shortened(name)} space expected`);
  if (!upTo(cursor, '?>')) cursor.fail(`ParsePI: PI ${shortened(name)} never end ...`);
  cursor.take('?>');
}

const CDATA_END = "Sequence ']]>' not allowed in content";
const endsText = (cursor: Cursor): boolean => cursor.looksAt('<') || cursor.looksAt('&') || cursor.isAtEnd;

/** Text up to what begins otherwise. Where it is ASCII the parser stands at its beginning until it has read all of it. */
export function takeText(cursor: Cursor): void {
  for (let from = cursor.at; !endsText(cursor);) {
    if (cursor.looksAt(']]>')) cursor.fail(CDATA_END, from, cursor.at);
    quick.lastIndex = cursor.at;
    const length = quick.exec(cursor.text)?.[0].length;
    if (length === undefined) return takeOtherText(cursor);
    if (length === 2) from = cursor.at;
    cursor.at += length;
  }
}

function takeOtherText(cursor: Cursor): void {
  while (!endsText(cursor)) {
    if (cursor.looksAt(']]>')) cursor.fail(CDATA_END);
    const { here } = cursor;
    if (!isCharacter(here)) cursor.fail(`PCDATA invalid Char value ${here.codePointAt(0) ?? 0}`);
    cursor.at += here.length;
  }
}
