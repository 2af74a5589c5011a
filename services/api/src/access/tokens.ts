import { createHash, timingSafeEqual } from 'node:crypto';
import type { ScramKeys, TokenRecord } from '@virtbus/contracts';
import type { View } from '@virtbus/messaging';
import { until } from '../until-seen.js';
import { isTokenId, type ApiToken } from './core/api-token.js';
import { grants, isGrant, type Identity } from './core/identity.js';

/** The tokens as they are known here and now: a look-up is no round trip. */
export interface KnownTokens {
  get(key: { readonly id: string }): { readonly value: TokenRecord } | undefined;
  /** Nobody sees to it that names are given once. */
  named(name: string): readonly TokenRecord[];
}

export interface ProvableToken {
  readonly identity: Identity;
  readonly keys: ScramKeys;
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
  return record && equal(hash, record.hash) ? identityOf(record, now) : undefined;
}

/** Who a token of this id, or the only token of this name, stands for, and how it is proved. */
export function tokenNamed(tokens: KnownTokens, name: string, now: number): ProvableToken | undefined {
  const withId = isTokenId(name) ? tokens.get({ id: name })?.value : undefined;
  const [record, another] = withId ? [withId] : tokens.named(name);
  const identity = record && !another ? identityOf(record, now) : undefined;
  return identity && record?.scram ? { identity, keys: record.scram } : undefined;
}

/** @returns undefined when it has ended */
export function identityOf(record: TokenRecord, now: number): Identity | undefined {
  if (hasEnded(record, now)) return undefined;
  const { id, name, role, projects } = record;
  const all = role === 'administrator' && projects === undefined;
  // Two tokens of one name are two.
  return { name: `token:${id} ${name}`, role, projects: projects ?? 'all', grants: all ? grants : (record.grants ?? []).filter(isGrant) };
}

/** The bucket of tokens, kept up to date. */
export class TokensView implements KnownTokens {
  private readonly ids = new Map<string, Set<string>>();

  constructor(private readonly view: View<TokenRecord, { readonly id: string }>) {
    for (const { value } of view.entries()) this.learn(value);
    view.onChange(({ entry, previous }) => {
      if (previous) this.ids.get(previous.value.name)?.delete(previous.value.id);
      if (previous && this.ids.get(previous.value.name)?.size === 0) this.ids.delete(previous.value.name);
      if (entry) this.learn(entry.value);
    });
  }

  named(name: string): TokenRecord[] {
    return [...(this.ids.get(name) ?? [])].flatMap((id) => this.view.get({ id })?.value ?? []);
  }

  get(key: { readonly id: string }): { readonly value: TokenRecord } | undefined {
    return this.view.get(key);
  }

  /** Whoever has made or ended a token finds it so here. */
  untilSeen(id: string, there: boolean): Promise<void> {
    return until(this.view, () => (this.view.get({ id }) !== undefined) === there);
  }

  all(): TokenRecord[] {
    return this.view
      .entries()
      .map(({ value }) => value)
      .toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  private learn({ name, id }: TokenRecord): void {
    this.ids.set(name, (this.ids.get(name) ?? new Set()).add(id));
  }
}
