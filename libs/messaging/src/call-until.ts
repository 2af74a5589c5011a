import { refusalFrom } from '@virtbus/contracts';
import type { BoundHandler } from './bound-handler.js';
import type { MessageContext } from './context.js';
import { RetryLater } from './retry-later.js';
import { sleep } from './wait.js';

/** The service closes while a message waits for its next try. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

interface Call {
  readonly context: MessageContext;
  readonly closing: AbortSignal;
}

/**
 * Calls a handler, again and again while it asks for that with RetryLater. The message stays with this process meanwhile: given
 * back to the server, each wait would count as a failed delivery.
 * @throws what the handler throws; the cause of its RetryLater, as a Refusal, once the deadline would pass; Interrupted.
 */
export async function callUntil(handler: BoundHandler, payload: object, { context, closing }: Call): Promise<unknown> {
  for (;;) {
    try {
      return await handler.call(payload, context);
    } catch (thrown) {
      if (!(thrown instanceof RetryLater)) throw thrown;
      if (context.deadline && Date.now() + thrown.ms > context.deadline.getTime()) throw refusalFrom(thrown.cause ?? thrown);
      await sleep(thrown.ms, closing).catch(() => {
        throw new Interrupted('the service closes', { cause: thrown });
      });
    }
  }
}
