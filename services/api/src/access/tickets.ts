import { randomBytes } from 'node:crypto';
import { Refusal } from '@virtbus/contracts';
import type { Caller } from './gate.js';

/** What a ticket opens: a guest's serial line, or its screen. */
export interface Admission {
  readonly caller: Caller;
  readonly kind: 'console' | 'graphics';
  readonly uuid: string;
  /** Under which it was audited. */
  readonly commandId: string;
  readonly device?: string | undefined;
  readonly force?: boolean | undefined;
}

/** Long enough to open a connection, too short to be found in a log in time. */
const GOOD_FOR_MS = 30_000;
const CAPACITY = 10_000;

/**
 * Tokens for one use: browsers send no header with a WebSocket, so what is in the address must be worthless afterwards. A ticket is
 * good at the gateway that gave it.
 */
export class Tickets {
  private readonly open = new Map<string, { readonly admission: Admission; readonly until: number }>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  issue(admission: Admission): { readonly ticket: string; readonly seconds: number } {
    this.forget();
    if (this.open.size >= CAPACITY) throw new Refusal('rate_limited', 'too many tickets are waiting to be used; try again in a moment');
    const ticket = randomBytes(24).toString('base64url');
    this.open.set(ticket, { admission, until: this.now() + GOOD_FOR_MS });
    return { ticket, seconds: GOOD_FOR_MS / 1000 };
  }

  /** @throws Refusal unauthenticated: unknown, used before, or too late */
  redeem(ticket: string, kind: Admission['kind']): Admission {
    const found = this.open.get(ticket);
    this.open.delete(ticket);
    if (!found || found.until <= this.now() || found.admission.kind !== kind) {
      throw new Refusal('unauthenticated', 'authentication failed: the ticket is unknown, was used before, or has expired');
    }
    return found.admission;
  }

  /** They are kept in the order in which they end. */
  private forget(): void {
    for (const [ticket, { until }] of this.open) {
      if (until > this.now()) return;
      this.open.delete(ticket);
    }
  }
}
