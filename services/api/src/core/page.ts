import { Refusal, type PageQuestion } from '@virtbus/contracts';

export interface Page<T> {
  readonly items: readonly T[];
  /** What to ask for the next page with. */
  readonly next?: string;
}

/** An answer must fit into a message of the bus with room to spare. Bytes of JSON. */
const MAX_BYTES = 512 * 1024;
const MAX_ITEMS = 1_000;

const tokenOf = (key: string): string => Buffer.from(key, 'utf8').toString('base64url');

/** @throws Refusal payload_invalid */
function keyOf(token: string): string {
  const key = Buffer.from(token, 'base64url').toString('utf8');
  if (tokenOf(key) !== token) throw new Refusal('payload_invalid', `'${token}' is not where a page ends`, { path: 'after' });
  return key;
}

export interface Listing<S, T> {
  /** In any order; each with a key of its own. */
  readonly from: Iterable<S>;
  readonly keyOf: (source: S) => string;
  /** Asked only of what is on the page. */
  readonly show: (source: S) => T;
}

/** One page of a list in the order of its keys. What comes or goes between two pages is on one of them or on none, and nothing is twice. */
export function pageOf<S, T extends object>(
  { from, keyOf: key, show }: Listing<S, T>,
  { after, limit = MAX_ITEMS }: PageQuestion,
): Page<T> {
  const begin = after === undefined ? undefined : keyOf(after);
  const rest = [...from].filter((source) => begin === undefined || key(source) > begin).toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  const items: T[] = [];
  let bytes = 0;
  for (const source of rest.slice(0, Math.min(limit, MAX_ITEMS))) {
    const item = show(source);
    bytes += Buffer.byteLength(JSON.stringify(item));
    if (items.length > 0 && bytes > MAX_BYTES) break;
    items.push(item);
  }
  const last = rest[items.length - 1];
  return items.length < rest.length && last !== undefined ? { items, next: tokenOf(key(last)) } : { items };
}
