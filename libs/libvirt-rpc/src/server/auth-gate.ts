import { SaslFailure, type SaslExchange, type SaslMechanism, type SaslStep } from '../sasl/mechanism.js';
import { authType } from '../wire/numbers.js';
import { errorCode, errorDomain, RemoteError } from '../wire/remote-error.js';

/** Who a peer has proved to be. */
export interface Identity {
  readonly name: string;
  readonly by: 'socket' | 'certificate' | 'sasl';
  readonly details?: unknown;
}

export type AuthPolicy =
  | { readonly type: 'none'; readonly identity: Identity }
  | { readonly type: 'sasl'; readonly mechanisms: readonly SaslMechanism[] };

/** After so many refusals the connection ends. */
const MAX_FAILURES = 3;

const failed = (words: string, cause?: unknown): RemoteError =>
  new RemoteError(errorCode.authFailed, errorDomain.auth, `authentication failed: ${words}`, { cause });

export interface SaslAnswer {
  readonly complete: number;
  readonly nil: number;
  readonly data: Uint8Array;
}

/** What a peer must pass before any procedure but those of authentication. */
export class AuthGate {
  identity: Identity | undefined;
  private exchange: SaslExchange | undefined;
  private failures = 0;

  constructor(private readonly policy: AuthPolicy) {
    if (policy.type === 'none') this.identity = policy.identity;
  }

  get exhausted(): boolean {
    return this.failures >= MAX_FAILURES;
  }

  get types(): number[] {
    return [this.policy.type === 'none' ? authType.none : authType.sasl];
  }

  mechanisms(): string {
    return this.sasl()
      .map((mechanism) => mechanism.name)
      .join(',');
  }

  /** @throws RemoteError when the mechanism is not offered, or its first message does not convince */
  start(name: string, data: Uint8Array): Promise<SaslAnswer> {
    const mechanism = this.sasl().find((each) => each.name === name);
    if (!mechanism) throw this.refused(new SaslFailure(`mechanism ${name} is not offered`));
    this.exchange = mechanism.begin();
    return this.step(data);
  }

  /** @throws RemoteError */
  async step(data: Uint8Array): Promise<SaslAnswer> {
    const { exchange } = this;
    if (!exchange) throw this.refused(new SaslFailure('no exchange was begun'));
    let step: SaslStep;
    try {
      step = await exchange.step(data);
    } catch (thrown) {
      this.exchange = undefined;
      throw this.refused(thrown);
    }
    if (step.proved) {
      this.identity = { ...step.proved, by: 'sasl' };
      this.exchange = undefined;
    }
    return { complete: step.proved ? 1 : 0, nil: step.data ? 0 : 1, data: step.data ?? new Uint8Array() };
  }

  private sasl(): readonly SaslMechanism[] {
    if (this.policy.type !== 'sasl' || this.identity) throw failed('no SASL is asked for');
    return this.policy.mechanisms;
  }

  private refused(thrown: unknown): RemoteError {
    this.failures += 1;
    // Anything but a refusal is a fault of ours; the peer is told no more than that it failed.
    return failed(thrown instanceof SaslFailure ? thrown.message : 'it could not be checked', thrown);
  }
}
