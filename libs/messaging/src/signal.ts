import { decode, encode, subjectOf, tokensOf, wildcardOf, type SignalContract } from '@virtbus/contracts';
import { publishBytes, subscribeBytes } from './byte-stream.js';
import type { Link } from './link.js';
import type { PayloadOf, Tokens } from './names.js';
import type { Subscription } from './subscription.js';
import { WrongOwner } from './wrong-owner.js';

/** A signal, as a listener gets it. */
export interface BusSignal<P = unknown> {
  readonly tokens: Tokens;
  readonly payload: P;
}

/** Tells whoever listens now. While the connection is down nothing is kept for later. @throws WrongOwner */
export function sendSignal<C extends SignalContract>(link: Link, contract: C, payload: PayloadOf<C>, tokens: Tokens): void {
  if (contract.owner !== link.owner) throw new WrongOwner(contract.subject, contract.owner, link.owner);
  if (link.connected && !link.closing) publishBytes(link, subjectOf<string>(contract, tokens), encode(payload), {});
}

/** What does not decode is logged, and not heard. */
export function listenTo<C extends SignalContract>(
  link: Link,
  contract: C,
  tokens: Tokens,
  listener: (heard: BusSignal<PayloadOf<C>>) => void,
): Subscription {
  return subscribeBytes(link, wildcardOf<string>(contract, tokens), ({ subject, bytes }) => {
    try {
      listener({ tokens: tokensOf<string>(contract, subject) ?? {}, payload: decode(contract.payload, bytes) as PayloadOf<C> });
    } catch (cause) {
      link.log.error(`a signal (${subject}) was not heard`, cause);
    }
  });
}
