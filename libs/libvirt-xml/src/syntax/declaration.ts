import type { Cursor } from './cursor.js';
import { shortened } from './flaw.js';

const QUOTES = ['"', "'"] as const;
const version = /\d\.\d*/y;
const encoding = /[A-Za-z][\w.-]*/y;
const standalone = /yes|no/y;

/** Behind `<?xml` and a blank. */
export function takeDeclaration(cursor: Cursor): void {
  cursor.takeBlanks();
  const given = cursor.take('version') ? valueOf(cursor, version) : undefined;
  if (given === undefined) return cursor.fail('Malformed declaration expecting version');
  if (!given.startsWith('1.')) cursor.fail(`Unsupported version '${shortened(given)}'`);
  if (cursor.take('?>')) return;
  if (!cursor.takeBlanks()) cursor.fail('Blank needed here');
  if (cursor.take('encoding')) valueOf(cursor, encoding, 'Invalid XML encoding name');
  cursor.takeBlanks();
  if (cursor.take('standalone')) valueOf(cursor, standalone, "standalone accepts only 'yes' or 'no'");
  cursor.takeBlanks();
  if (!cursor.take('?>')) cursor.fail("parsing XML declaration: '?>' expected");
}

/** `= '1.0'`. @returns undefined when nothing of that form is between the quotes */
function valueOf(cursor: Cursor, form: RegExp, wrong?: string): string | undefined {
  cursor.takeBlanks();
  if (!cursor.take('=')) cursor.fail("expected '='");
  cursor.takeBlanks();
  const quote = QUOTES.find((each) => cursor.take(each)) ?? cursor.fail('String not started expecting \' or "');
  form.lastIndex = cursor.at;
  const value = form.exec(cursor.text)?.[0];
  if (value === undefined && wrong !== undefined) cursor.fail(wrong);
  cursor.at += value?.length ?? (/^\d/.test(cursor.text.slice(cursor.at, cursor.at + 1)) ? 1 : 0);
  if (!cursor.take(quote)) cursor.fail('String not closed expecting " or \'');
  return value;
}
