import { Refusal } from '@virtbus/contracts';

/** How a value in the address is read. `list`: several, with commas between. */
export type QueryKind = 'text' | 'flag' | 'number' | 'list';

export interface QueryRow {
  readonly kind: QueryKind;
  readonly about: string;
  /** The values that there are. */
  readonly among?: readonly string[];
  /** Of a number; 1 when it is not said. */
  readonly min?: number;
  readonly max?: number;
  /** Nothing can be answered without it. */
  readonly required?: true;
}

export type QueryValue = string | number | boolean | readonly string[];
export type Query = Readonly<Record<string, QueryValue>>;

const MAX_LIST = 64;

const wrong = (name: string, words: string): Refusal => new Refusal('payload_invalid', `${name} ${words}`, { path: name });

/** What stands behind the question mark, read as the route's table says. @throws Refusal payload_invalid that names the parameter */
export function readQuery(rows: Readonly<Record<string, QueryRow>>, given: URLSearchParams): Query {
  const read: [string, QueryValue][] = [];
  for (const name of new Set(given.keys())) {
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
    const [text = '', ...more] = given.getAll(name);
    if (!row) throw wrong(name, 'is not known here');
    if (more.length > 0) throw wrong(name, 'may be given once');
    read.push([name, valueOf(name, row, text)]);
  }
  const missing = Object.entries(rows).find(([name, { required }]) => required && !given.has(name));
  if (missing) throw wrong(missing[0], 'must be given');
  return Object.fromEntries(read);
}

function valueOf(name: string, row: QueryRow, text: string): QueryValue {
  if (row.kind === 'flag') return flagOf(name, text);
  if (row.kind === 'number') return numberOf(name, row, text);
  if (row.kind === 'list') return listOf(name, row, text);
  return among(name, row, text);
}

function flagOf(name: string, text: string): boolean {
  if (text === 'true' || text === '1' || text === '') return true;
  if (text === 'false' || text === '0') return false;
  throw wrong(name, 'must be true or false');
}

function numberOf(name: string, { min = 1, max = Number.MAX_SAFE_INTEGER }: QueryRow, text: string): number {
  const number = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max)) throw wrong(name, `must be a number from ${min} to ${max}`);
  return number;
}

function listOf(name: string, row: QueryRow, text: string): readonly string[] {
  const items = text.split(',').filter((item) => item !== '');
  if (items.length === 0 || items.length > MAX_LIST) throw wrong(name, `must be 1 to ${MAX_LIST} words with commas between them`);
  return items.map((item) => among(name, row, item));
}

function among(name: string, { among: known }: QueryRow, text: string): string {
  if (known && !known.includes(text)) throw wrong(name, `must be one of ${known.join(', ')}`);
  return text;
}

/** Values by their kinds: a route's table says which there are. */
export const textIn = (query: Query, name: string): string | undefined => {
  const value = query[name];
  return typeof value === 'string' ? value : undefined;
};
export const numberIn = (query: Query, name: string): number | undefined => {
  const value = query[name];
  return typeof value === 'number' ? value : undefined;
};

export const flagIn = (query: Query, name: string): boolean | undefined => {
  const value = query[name];
  return typeof value === 'boolean' ? value : undefined;
};
export const listIn = (query: Query, name: string): readonly string[] | undefined => {
  const value = query[name];
  return typeof value === 'object' ? value : undefined;
};

/** `limit` and `after`, as the bus's own lists take them. */
export function pageIn(query: Query): { readonly limit?: number; readonly after?: string } {
  const { limit, after } = query;
  return { ...(typeof limit === 'number' ? { limit } : {}), ...(typeof after === 'string' ? { after } : {}) };
}

/** An object with the wanted fields alone. @throws Refusal payload_invalid when one of them is none */
export function selected<T extends object>(item: T, fields: readonly string[] | undefined, known: readonly string[]): Partial<T> {
  if (!fields) return item;
  const stranger = fields.find((field) => !known.includes(field));
  if (stranger !== undefined) throw wrong('fields', `has '${stranger}', which is none of ${known.join(', ')}`);
  // Only fields are left out.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.fromEntries(Object.entries(item).filter(([name]) => fields.includes(name))) as Partial<T>;
}

/** `web*` and the like, as a test of names. */
export function namePattern(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  const parts = pattern.split('*');
  if (parts.length === 1) return (name) => name === pattern;
  return (name) => matches(name, parts);
}

/** By looking for each part after the one before: no pattern makes this slow. */
function matches(name: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop() ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > name.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}
