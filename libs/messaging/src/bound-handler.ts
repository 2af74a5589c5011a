import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { MessageContext } from './context.js';
import type { Handled, HandlerExtras } from './handle.js';

/** A decorated method, ready to be called. */
export interface BoundHandler {
  readonly contract: Handled;
  readonly durable: string | undefined;
  readonly maxInFlight: number;
  readonly call: (payload: object, context: MessageContext) => Promise<unknown>;
}

const MAX_IN_FLIGHT = 64;

export function bindHandler(handler: MessageHandler): BoundHandler {
  // Only `Handle` registers for this transport, and it always leaves its extras.
  const { contract, durable, maxInFlight = MAX_IN_FLIGHT } = handler.extras as unknown as HandlerExtras;
  return { contract, durable, maxInFlight, call: async (payload, context) => settle(await handler(payload, context)) };
}

/** With interceptors Nest answers with a stream of one value. */
const settle = async (answer: unknown): Promise<unknown> =>
  isObservable(answer) ? lastValueFrom(answer, { defaultValue: undefined }) : answer;
