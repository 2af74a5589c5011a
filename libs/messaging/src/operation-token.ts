import { createHash } from 'node:crypto';
import { isSubjectToken } from '@virtbus/contracts';

/** Longest suffix that a sender adds to an id, such as `.outcome`, is well below this. */
const MAX_KEPT = 150;

/**
 * Turns any id into one that may stand in a subject and in a header: itself when it is such a token already, else `h-` and a
 * hash. The same id always gives the same token, so that sender and receiver need not agree on more than the id.
 */
export function operationToken(id: string): string {
  if (isSubjectToken(id) && id.length <= MAX_KEPT) return id;
  return `h-${createHash('sha256').update(id).digest('base64url')}`;
}
