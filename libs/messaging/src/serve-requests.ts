import type { Msg, Subscription } from '@nats-io/transport-node';
import { SpanKind } from '@opentelemetry/api';
import { decode, headerNames, tokensOf, wildcardOf, type RequestContract } from '@virtbus/contracts';
import { inSpan } from '@virtbus/telemetry';
import { randomUUID } from 'node:crypto';
import type { BoundHandler } from './bound-handler.js';
import type { MessageContext } from './context.js';
import { headerOf, instantOf, traceOf } from './envelope.js';
import type { Link } from './link.js';
import type { Tokens } from './names.js';
import { respond } from './respond.js';
import { spanOf } from './spans.js';

export interface Serving {
  readonly link: Link;
  /** Name of the queue group: one replica answers. */
  readonly group: string;
  readonly tokens: Tokens;
  readonly contract: RequestContract;
  readonly handler: BoundHandler;
}

/** Answers one kind of request until it is closed. */
export class RequestServer {
  readonly #serving: Serving;
  readonly #subscription: Subscription;
  readonly #running = new Set<Promise<void>>();

  constructor(serving: Serving) {
    this.#serving = serving;
    const { link, contract, tokens, group } = serving;
    this.#subscription = link.nc.subscribe(wildcardOf<string>(contract, tokens), {
      queue: group,
      callback: (error, message) => (error ? link.log.error(`${contract.subject} cannot be served`, error) : this.#take(message)),
    });
  }

  /** Takes nothing more and waits until what was taken is answered. */
  async close(): Promise<void> {
    if (this.#serving.link.connected && !this.#subscription.isClosed()) await this.#subscription.drain();
    else this.#subscription.unsubscribe();
    await Promise.all(this.#running);
  }

  #take(message: Msg): void {
    const answering = this.#answer(message).finally(() => this.#running.delete(answering));
    this.#running.add(answering);
  }

  #answer(message: Msg): Promise<void> {
    return respond(message, this.#serving.link.log, () => this.#serve(message));
  }

  #serve(message: Msg): Promise<object> {
    const { contract, handler, group } = this.#serving;
    const { subject, headers: from, data } = message;
    const span = spanOf('serve', contract, subject, { messagingConsumerGroup: group, messagingBodySize: data.length });
    const work = async (): Promise<object> => {
      const answer = await handler.call(decode(contract.payload, data), contextOfRequest(contract, message));
      return typeof answer === 'object' && answer !== null ? answer : {};
    };
    return inSpan(span.name, span.attributes, work, { kind: SpanKind.SERVER, parent: traceOf(from) });
  }
}

const contextOfRequest = (contract: RequestContract, { subject, headers: from }: Msg): MessageContext => ({
  subject,
  tokens: tokensOf<string>(contract, subject) ?? {},
  commandId: headerOf(from, headerNames.commandId) ?? headerOf(from, headerNames.id) ?? randomUUID(),
  sentAt: instantOf(from, headerNames.time) ?? new Date(),
  deliveryCount: 1,
});
