import { createHash } from 'node:crypto';
import { tagsIn } from './core/negotiate.js';
import type { Answer, RestCall } from './call.js';

/** An answer that the caller may have already. */
export function tagged({ header }: RestCall, etag: string, body: object | string): Answer {
  const known = tagsIn(header('if-none-match'));
  const headers = { etag, 'cache-control': 'no-cache' };
  return known.includes(etag) || known.includes('*') ? { status: 304, headers } : { status: 200, headers, body };
}

/** A page of a list: its tag is made of what is on it, so that another page, or other fields, have another. */
export function taggedPage(call: RestCall, body: object): Answer {
  const digest = createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 22);
  return tagged(call, `"${digest}"`, body);
}
