/** How one piece of text (an attribute, or an element's text) becomes a value and is written again. */
export interface Scalar<T> {
  /** What it takes, as the reference page shows it. */
  readonly label: string;
  /** undefined: the text is unacceptable. */
  read(text: string): T | undefined;
  write(value: T): string;
  /** What libvirt adds to "Invalid value for attribute …", given the refused text. */
  hint?(text: string): string;
  /** Empty text counts as no text at all. */
  readonly emptyIsAbsent?: boolean;
}

export const text: Scalar<string> = { label: 'text', read: (given) => given, write: (value) => value };

/** Text that counts as absent when it is empty. */
export const filled: Scalar<string> = { ...text, label: 'text, not empty', emptyIsAbsent: true };

/** One of a closed set of words, written exactly so. */
export function oneOf<const W extends readonly string[]>(...words: W): Scalar<W[number]> {
  return { label: words.join(' | '), read: (given) => words.find((word) => word === given), write: (value) => value };
}

function flagOf(yes: string, no: string): Scalar<boolean> {
  const read = (given: string): boolean | undefined => (given === yes ? true : given === no ? false : undefined);
  return { label: `${yes} | ${no}`, read, write: (value) => (value ? yes : no) };
}

export const yesNo = flagOf('yes', 'no');
export const onOff = flagOf('on', 'off');

export interface IntegerRange {
  readonly min?: number;
  readonly max?: number;
}

const UINT_MAX = 0xffff_ffff;

/** Digits as C's strtol takes them: leading blanks, `0x` and `0` prefixes when the base is `free`; no trailing text. */
function readInteger(given: string, free: boolean): number | undefined {
  const match = /^[ \t\r\n\v\f]*([+-]?)(0[xX][0-9a-fA-F]+|[0-9]+)$/.exec(given);
  if (!match) return undefined;
  const [, sign = '', digits = ''] = match;
  const value = magnitude(digits, free);
  return value === undefined || !Number.isSafeInteger(value) ? undefined : sign === '-' ? -value : value;
}

function magnitude(digits: string, free: boolean): number | undefined {
  if (!free) return /^[0-9]+$/.test(digits) ? Number(digits) : undefined;
  if (/^0[0-7]+$/.test(digits)) return parseInt(digits, 8);
  return /^0[0-9]/.test(digits) ? undefined : Number(digits);
}

function within(value: number | undefined, { min, max }: IntegerRange): number | undefined {
  if (value === undefined || (min !== undefined && value < min) || (max !== undefined && value > max)) return undefined;
  return value;
}

/** Unsigned decimal number, 32 bits unless a range says otherwise. */
export function uint(range: IntegerRange = {}): Scalar<number> {
  const bounds = { min: 0, max: UINT_MAX, ...range };
  return {
    label: range.max === undefined && range.min === undefined ? 'unsigned integer' : `integer ${bounds.min} to ${bounds.max}`,
    read: (given) => within(readInteger(given, false), bounds),
    write: String,
    hint: (given) => (bounds.min === 1 && Number(given) === 0 ? ': Zero is not permitted' : '. Expected non-negative integer value'),
  };
}

/** Unsigned decimal number of up to 64 bits; beyond 2^53 it is refused, no setting needs it. */
export const ulong = uint({ max: Number.MAX_SAFE_INTEGER });

/** Unsigned number that may not be 0. */
export const positive = uint({ min: 1 });

/** Signed decimal number, 32 bits unless a range says otherwise. */
export function int(range: IntegerRange = {}): Scalar<number> {
  const bounds = { min: -0x8000_0000, max: 0x7fff_ffff, ...range };
  return {
    label: 'integer',
    read: (given) => within(readInteger(given, false), bounds),
    write: String,
    hint: () => '. Expected integer value',
  };
}

/** Number in any of C's bases, written in hexadecimal with at least `digits` digits. */
export function hex(digits: number, range: IntegerRange = {}): Scalar<number> {
  return {
    label: `number, written 0x${'0'.repeat(digits)}`,
    read: (given) => within(readInteger(given, true), { min: 0, max: UINT_MAX, ...range }),
    write: (value) => `0x${value.toString(16).padStart(digits, '0')}`,
    hint: () => '. Expected non-negative integer value',
  };
}

/** Number in any of C's bases, written in decimal. */
export function anyBase(range: IntegerRange = {}): Scalar<number> {
  const bounds = { min: 0, max: UINT_MAX, ...range };
  return {
    label: 'number, decimal or 0x',
    read: (given) => within(readInteger(given, true), bounds),
    write: String,
    hint: () => '. Expected non-negative integer value',
  };
}
