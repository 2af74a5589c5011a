/** What the headers of a call ask for. */
import { Refusal } from '@virtbus/contracts';

export type Format = 'json' | 'xml' | 'image';

const formatOf = (range: string): Format | 'any' | undefined => {
  if (range === '*/*' || range === 'application/*') return 'any';
  if (range === 'application/json' || range === 'application/problem+json') return 'json';
  if (range.startsWith('image/')) return 'image';
  return range === 'application/xml' || range === 'text/xml' ? 'xml' : undefined;
};

/** The format that the caller prefers of those that there are; the first of them when any will do. @throws Refusal media_type_unsupported */
export function acceptedFormat(accept: string | undefined, there: readonly Format[]): Format {
  const [usual = 'json'] = there;
  if (accept === undefined || accept.trim() === '') return usual;
  const ranges = accept.split(',').map((each) => {
    const [range = '', ...parameters] = each.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((one) => one.startsWith('q='));
    return { format: formatOf(range), quality: quality === undefined ? 1 : Number(quality.slice(2)) };
  });
  const [best] = ranges
    .filter(({ format, quality }) => quality > 0 && format !== undefined && (format === 'any' || there.includes(format)))
    .toSorted((a, b) => b.quality - a.quality);
  if (!best?.format)
    throw new Refusal('media_type_unsupported', `the answer is ${there.join(' or ')}, which the Accept header does not take`);
  return best.format === 'any' ? usual : best.format;
}

/** The format of a body. @throws Refusal media_type_unsupported */
export function bodyFormat(contentType: string | undefined): 'json' | 'xml' {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/json') return 'json';
  if (type === 'application/xml' || type === 'text/xml') return 'xml';
  throw new Refusal('media_type_unsupported', 'the body must be application/json or application/xml, and say so in Content-Type');
}

/** Longer than any start should take, shorter than a proxy's patience. */
const MAX_WAIT_SECONDS = 120;

/** How long the caller waits for a command's end. RFC 7240. @param usual when it does not say */
export function waitMsOf(prefer: string | undefined, usual: number): number {
  const wishes = (prefer ?? '').split(',').map((each) => each.trim().toLowerCase());
  if (wishes.includes('respond-async') && !wishes.some((one) => one.startsWith('wait='))) return 0;
  const wait = wishes.map((one) => /^wait=(\d{1,6})$/.exec(one)?.[1]).find((seconds) => seconds !== undefined);
  return wait === undefined ? usual : Math.min(Number(wait), MAX_WAIT_SECONDS) * 1_000;
}

/** The tags that a header names; `*` stands for whatever is there. */
export const tagsIn = (header: string | undefined): readonly string[] =>
  (header ?? '')
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .filter((tag) => tag !== '');

/** An entity tag out of the revisions of the facts that the answer is made of, the definition's first. */
export const entityTag = (revisions: readonly (number | undefined)[]): string => `"${revisions.map((one) => one ?? 0).join('-')}"`;

/**
 * The revision that a caller has read of a definition: what If-Match names, if it names any. Only the definition's own counts; that the
 * guest has started meanwhile is no reason to refuse.
 * @throws Refusal revision_conflict when the present one is none of those that are named
 */
export function revisionWanted(ifMatch: string | undefined, present: number): number | undefined {
  const tags = tagsIn(ifMatch);
  if (tags.length === 0 || tags.includes('*')) return undefined;
  if (tags.some((tag) => /^"(\d+)(?:-\d+)*"$/.exec(tag)?.[1] === String(present))) return present;
  throw new Refusal(
    'revision_conflict',
    `the object is at revision ${present}, which If-Match does not name: read it again, then decide again`,
  );
}
