/** What keeps a text from being XML, in libxml2's words, and where its parser stood. */
export interface Flaw {
  readonly reason: string;
  /** Index into the text. */
  readonly at: number;
  /** Where lines are counted up to, when that is elsewhere. */
  readonly countedAt?: number;
}

/** A line of context has no more characters than this, so that nothing that is sent comes back whole. */
const COLUMNS = 80;

/** Names in messages, likewise. */
export const shortened = (name: string): string => name.slice(0, COLUMNS);

export const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length;

/** Of a pair that was cut through. */
const halves = /^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/g;
const lineEnds = /[\r\n]/g;

/** The line around a place, and below it an arrow at the place: what libvirt shows behind the words. */
export function contextOf(text: string, at: number): string {
  const before = Math.max(text.lastIndexOf('\n', at - 1), at > 0 ? text.lastIndexOf('\r', at - 1) : -1) + 1;
  const from = at === 0 ? 0 : before;
  lineEnds.lastIndex = at;
  const line = text.slice(from, lineEnds.exec(text)?.index ?? text.length);
  const { shown, indent } = windowOf(line, at - from);
  const dashes = indent.replace(/[^\t]/gu, (character) => '-'.repeat(Buffer.byteLength(character)));
  return `${shown === '' ? '(null)' : shown}\n${dashes}^`;
}

/** @returns what of a line is shown, and what of that lies before the place */
function windowOf(line: string, column: number): { readonly shown: string; readonly indent: string } {
  const from = line.length > COLUMNS && column >= COLUMNS ? column - COLUMNS + 1 : 0;
  return { shown: line.slice(from, from + COLUMNS).replace(halves, ''), indent: line.slice(from, column).replace(halves, '') };
}
