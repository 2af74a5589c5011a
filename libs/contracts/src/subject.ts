/** Subjects are templates: `virtbus.v1.host.{hostId}.cmd.domain.start`. A token in braces is filled by the sender. */

type TokenNames<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | TokenNames<Rest> : never;
export type SubjectTokens<S extends string> = { readonly [Name in TokenNames<S>]: string };

interface HasSubject<S extends string> {
  readonly subject: S;
}

const TOKEN = /\{(\w+)\}/g;
/** What one subject token may hold: no dot, no wildcard, no white space (NATS), and no control characters. */
// An object's name of 255 bytes is 340 of these in base64url.
const SAFE_TOKEN = /^[A-Za-z0-9_=-]{1,400}$/;

export const isSubjectToken = (text: string): boolean => SAFE_TOKEN.test(text);

/**
 * What a service's answers come back under. Not NATS's own `_INBOX`, which whoever asks anything at all may listen to: there answers
 * are, among them the values of secrets.
 */
export const inboxOf = (service: string, hostId?: string): string => `_INBOX_${service}${hostId === undefined ? '' : `.${hostId}`}`;

/** @throws RangeError when a token would change the shape of the subject. */
export function subjectOf<S extends string>(contract: HasSubject<S>, tokens: SubjectTokens<S>): string {
  return contract.subject.replace(TOKEN, (_, name: string) => {
    const value = (tokens as Record<string, string>)[name] ?? '';
    if (!SAFE_TOKEN.test(value)) throw new RangeError(`"${value}" cannot stand for {${name}} in ${contract.subject}`);
    return value;
  });
}

// Tokens are told apart by name at the type level only; from here on they are plain text by name.
/* oxlint-disable typescript/no-unsafe-type-assertion */

/** The NATS wildcard that a subscriber of the contract listens to, with the tokens that it knows filled in. */
export const wildcardOf = <S extends string>(contract: HasSubject<S>, known: Partial<SubjectTokens<S>> = {}): string =>
  contract.subject.replace(TOKEN, (_, name: string) => (known as Record<string, string>)[name] ?? '*');

/** Reads the tokens back from a subject (or bucket key) that the contract's template matches; undefined when it does not. */
export function tokensOf<S extends string>(contract: HasSubject<S>, subject: string): SubjectTokens<S> | undefined {
  const template = contract.subject.split('.');
  const parts = subject.split('.');
  if (parts.length !== template.length) return undefined;
  const tokens: Record<string, string> = {};
  for (const [index, expected] of template.entries()) {
    const part = parts[index] ?? '';
    if (expected.startsWith('{')) tokens[expected.slice(1, -1)] = part;
    else if (expected !== part) return undefined;
  }
  return tokens as SubjectTokens<S>;
}

/** Names may hold characters that a subject may not: they travel as base64url of their UTF-8 bytes. */
export const tokenFromName = (name: string): string => Buffer.from(name, 'utf8').toString('base64url');
