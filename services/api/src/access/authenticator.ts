import { Refusal } from '@virtbus/contracts';
import type { IssuerSettings } from './configuration.js';
import { isApiToken, parseApiToken } from './core/api-token.js';
import { localRoot, type Identity } from './core/identity.js';
import { judgeClaims, parseJwt } from './core/jwt.js';
import { guesses } from './core/limits-table.js';
import { JwksSource } from './jwks.js';
import type { RateLimits } from './rate-limits.js';
import { isSigned } from './signature.js';
import { identityOfToken, tokenNamed, type KnownTokens, type ProvableToken } from './tokens.js';
import { UsedIds } from './used-ids.js';

/** What a caller shows of itself. `local`: it has come through a socket that only root and the gateway's own user may open. */
export type Credential = { readonly type: 'local' } | { readonly type: 'bearer'; readonly text: string } | { readonly type: 'none' };

export interface AuthenticatorOptions {
  readonly tokens: KnownTokens;
  readonly issuers: readonly IssuerSettings[];
  readonly limits: RateLimits;
  readonly now?: () => number;
}

const refused = (why: string): Refusal => new Refusal('unauthenticated', `authentication failed: ${why}`);

/** From a credential to who it stands for. */
export class Authenticator {
  private readonly tokens: KnownTokens;
  private readonly issuers: readonly { readonly settings: IssuerSettings; readonly keys: JwksSource }[];
  private readonly limits: RateLimits;
  private readonly used = new UsedIds();
  private readonly now: () => number;

  constructor({ tokens, issuers, limits, now = Date.now }: AuthenticatorOptions) {
    this.tokens = tokens;
    this.issuers = issuers.map((settings) => ({ settings, keys: new JwksSource(settings.jwks) }));
    this.limits = limits;
    this.now = now;
  }

  /**
   * @param from the caller's address: whoever guesses is slowed down
   * @throws Refusal unauthenticated, rate_limited
   */
  async identify(credential: Credential, from = 'local'): Promise<Identity> {
    if (credential.type === 'local') return localRoot;
    if (credential.type === 'none') throw refused("no credential was sent; 'virtbus login' or an API token gives one");
    try {
      return isApiToken(credential.text) ? this.ofToken(credential.text) : await this.ofJwt(credential.text);
    } catch (thrown) {
      if (thrown instanceof Refusal && thrown.code === 'unauthenticated') this.limits.take(`guess ${from}`, guesses);
      throw thrown;
    }
  }

  /** The token of which somebody claims to know the secret: by its id, or by its name when no other has that. */
  provable(name: string): ProvableToken | undefined {
    return tokenNamed(this.tokens, name, this.now());
  }

  /** A proof that does not hold is a guess like a token that is not one: `rate_limited` when there were too many. */
  notProved(from = 'local'): Refusal {
    try {
      this.limits.take(`guess ${from}`, guesses);
    } catch (thrown) {
      if (thrown instanceof Refusal) return thrown;
      throw thrown;
    }
    return refused('name or password is wrong');
  }

  private ofToken(text: string): Identity {
    const token = parseApiToken(text);
    const identity = token && identityOfToken(this.tokens, token, this.now());
    if (!identity) throw refused('the API token is unknown, revoked or expired');
    return identity;
  }

  private async ofJwt(text: string): Promise<Identity> {
    const parts = parseJwt(text);
    if (!parts) throw refused('the credential is neither an API token nor a signed token');
    const issuer = this.issuers.find(({ settings }) => settings.rules.issuer === parts.claims['iss']);
    if (!issuer) throw refused('nobody whom this gateway trusts has issued the token');
    const { rules } = issuer.settings;
    if (!rules.algorithms.some((one) => one === parts.header.alg))
      throw refused('the token is signed in a way that its issuer does not use');
    const keys = await this.keysOf(issuer.keys, parts.header.kid);
    if (!isSigned(parts, rules.algorithms, keys)) throw refused("the token's signature does not hold");
    const verdict = judgeClaims(parts, rules, Math.floor(this.now() / 1000));
    if (verdict.type === 'bad') throw refused(`the token is refused: ${verdict.why}`);
    const { id, expiresAt, identity } = verdict;
    if (rules.oneUse && !this.used.use(`${rules.issuer} ${id}`, (expiresAt + rules.leewaySeconds) * 1000, this.now())) {
      throw refused('the token was used before');
    }
    return identity;
  }

  private async keysOf(source: JwksSource, kid: string | undefined) {
    try {
      return await source.keysFor(kid);
    } catch (cause) {
      throw new Refusal('service_unreachable', "the keys of the token's issuer cannot be read now; try again later", { cause });
    }
  }
}
