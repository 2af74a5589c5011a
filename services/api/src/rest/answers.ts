import { tagsIn } from './core/negotiate.js';
import type { Answer, RestCall } from './call.js';

/** An answer that the caller may have already. */
export function tagged({ header }: RestCall, etag: string, body: object | string): Answer {
  const known = tagsIn(header('if-none-match'));
  const headers = { etag, 'cache-control': 'no-cache' };
  return known.includes(etag) || known.includes('*') ? { status: 304, headers } : { status: 200, headers, body };
}
