import { Catch, UseFilters, type ExceptionFilter } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import type { CommandContract, EventContract, RequestContract } from '@virtbus/contracts';
import type { MessageContext } from './context.js';
import type { HandedOn } from './handed-on.js';
import type { PayloadOf, ReplyOf, TokensOf } from './names.js';

export type Handled = RequestContract | CommandContract | EventContract;

export interface HandleOptions {
  /** Name of an event's durable consumer. Needed for a second handler of the same event in one service. */
  readonly durable?: string;
  /** How many messages may be unsettled at once, over all replicas. Default 64. */
  readonly maxInFlight?: number;
}

export type Answer<C extends Handled> = C extends CommandContract ? ReplyOf<C> | HandedOn : C extends RequestContract ? ReplyOf<C> : void;

export type HandlerOf<C extends Handled> = (payload: PayloadOf<C>, context: MessageContext<TokensOf<C>>) => Answer<C> | Promise<Answer<C>>;

export type HandlerDecorator<C extends Handled> = <M extends HandlerOf<C>>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/** Tells this library's handlers from those of other transports in the same application. */
export const BUS = Symbol('virtbus');

/** What the decorator leaves for the transport. */
export interface HandlerExtras extends HandleOptions {
  readonly contract: Handled;
}

/** Nest's own filter would turn every error into "Internal server error" before the transport could tell a refusal from a bug. */
@Catch()
class PassThrough implements ExceptionFilter {
  catch(thrown: unknown): never {
    throw thrown;
  }
}

const passThrough = new PassThrough();

/** Makes a method the handler of a contract's messages: it is called with the checked payload and the message's context. */
export function Handle<C extends Handled>(contract: C, options: HandleOptions = {}): HandlerDecorator<C> {
  const extras: HandlerExtras = { ...options, contract };
  // Two handlers of one event are two consumers: Nest would chain handlers of the same pattern.
  const pattern = options.durable === undefined ? contract.subject : `${contract.subject} ${options.durable}`;
  // oxlint-disable-next-line typescript/no-unnecessary-type-arguments -- without it Nest's overload for maps of events is taken
  const mark = contract.kind === 'event' ? EventPattern<string>(pattern, BUS, extras) : MessagePattern(pattern, BUS, extras);
  return (target, key, descriptor) => {
    Payload()(target, key, 0);
    Ctx()(target, key, 1);
    UseFilters(passThrough)(target, key, descriptor);
    mark(target, key, descriptor);
  };
}
