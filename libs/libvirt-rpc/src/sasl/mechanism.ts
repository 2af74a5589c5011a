/** The peer did not prove what it claims. The words go to the peer. */
export class SaslFailure extends Error {
  override readonly name = 'SaslFailure';
}

export interface Proved {
  readonly name: string;
  /** Whatever the server's own side knows of the peer; nothing of it goes over the wire. */
  readonly details?: unknown;
}

export interface SaslStep {
  /** What the peer is sent. */
  readonly data?: Uint8Array;
  /** Who the peer is; the exchange is over with it. */
  readonly proved?: Proved;
}

export interface SaslExchange {
  /** @throws SaslFailure */
  step(data: Uint8Array): Promise<SaslStep> | SaslStep;
}

export interface SaslMechanism {
  readonly name: string;
  begin(): SaslExchange;
}
