import { createHash, timingSafeEqual } from 'node:crypto';
import type { TokenRecord } from '@virtbus/contracts';
import type { View } from '@virtbus/messaging';
import type { ApiToken } from './core/api-token.js';
import { grants, isGrant, type Identity } from './core/identity.js';

/** The tokens as they are known here and now: a look-up is no round trip. */
export interface KnownTokens {
  get(key: { readonly id: string }): { readonly value: TokenRecord } | undefined;
}

export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

const equal = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** A date that cannot be read has passed. `now` in milliseconds since 1970. */
const hasEnded = ({ expiresAt }: TokenRecord, now: number): boolean => expiresAt !== undefined && !(Date.parse(expiresAt) > now);

/** @returns undefined when there is no such token, its secret is another, or it has ended */
export function identityOfToken(tokens: KnownTokens, { id, secret }: ApiToken, now: number): Identity | undefined {
  const record = tokens.get({ id })?.value;
  // The hash is taken either way: how long the answer takes says nothing of the id.
  const hash = hashOf(secret);
  if (!record || !equal(hash, record.hash) || hasEnded(record, now)) return undefined;
  const { name, role, projects } = record;
  const all = role === 'administrator' && projects === undefined;
  // Two tokens of one name are two.
  return { name: `token:${id} ${name}`, role, projects: projects ?? 'all', grants: all ? grants : (record.grants ?? []).filter(isGrant) };
}

/** The bucket of tokens, kept up to date. */
export class TokensView implements KnownTokens {
  constructor(private readonly view: View<TokenRecord, { readonly id: string }>) {}

  get(key: { readonly id: string }): { readonly value: TokenRecord } | undefined {
    return this.view.get(key);
  }

  all(): TokenRecord[] {
    return this.view
      .entries()
      .map(({ value }) => value)
      .toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }
}
