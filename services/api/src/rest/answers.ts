import { createHash } from 'node:crypto';
import { tagsIn } from './core/negotiate.js';
import type { Answer, RestCall } from './call.js';

/** An answer that the caller may have already. */
export function tagged({ header }: RestCall, etag: string, body: object | string): Answer {
  const known = tagsIn(header('if-none-match'));
  const headers = { etag, 'cache-control': 'no-cache' };
  return known.includes(etag) || known.includes('*') ? { status: 304, headers } : { status: 200, headers, body };
}

/** A tag of what has no revision of its own. */
const digestTag = (of: object): string => `"${createHash('sha256').update(JSON.stringify(of)).digest('base64url').slice(0, 22)}"`;

/** A page of a list: its tag is made of what is on it, so that another page, or other fields, have another. */
export const taggedPage = (call: RestCall, body: object): Answer => tagged(call, digestTag(body), body);

/** What several facts make up: its tag is made of the whole, whatever the caller sees of it. */
export const taggedWhole = (call: RestCall, whole: object, body: object | string): Answer => tagged(call, digestTag(whole), body);
