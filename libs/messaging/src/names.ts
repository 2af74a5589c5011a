import type { Contract, Owner, PayloadOf, ReplyOf, SubjectTokens } from '@virtbus/contracts';

/** Who a connection speaks for. A `client` owns no fact: it asks and listens. */
export type BusOwner = Exclude<Owner, 'bus'> | 'client';

export type Tokens = Readonly<Record<string, string>>;

/** The tokens that stand in a contract's subject or bucket key, by name. */
export type TokensOf<C extends Contract> = string extends C['subject'] ? Tokens : SubjectTokens<C['subject']>;

/** `tokens` must be given when the subject has any. */
export type WithTokens<C extends Contract> = string extends C['subject']
  ? { readonly tokens?: Tokens }
  : [keyof TokensOf<C>] extends [never]
    ? { readonly tokens?: TokensOf<C> }
    : { readonly tokens: TokensOf<C> };

/** Options that must be given as soon as one of their fields must. */
export type Options<T> = Partial<T> extends T ? [options?: T] : [options: T];

export type { PayloadOf, ReplyOf };
