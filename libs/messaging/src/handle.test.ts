import {
  domainDefined,
  startPlacedDomain,
  type CommandContract,
  type DomainHappening,
  type HostFacts,
  type StartPlacedDomain,
  hostFacts,
  listDomains,
} from '@virtbus/contracts';
import { expect, expectTypeOf, test } from 'vitest';
import { Handle, handedOn, type Bus, type HandlerOf, type MessageContext, type View } from './index.js';

type Start = HandlerOf<typeof startPlacedDomain>;

/** Compiles, or does not, where it says so: the type check is the test. */
export class Handlers {
  @Handle(startPlacedDomain)
  reply(command: StartPlacedDomain, context: MessageContext) {
    return { uuid: command.uuid, name: context.subject };
  }

  @Handle(startPlacedDomain)
  async handOn(): Promise<typeof handedOn> {
    return handedOn;
  }

  @Handle(startPlacedDomain)
  tokens(_command: StartPlacedDomain, context: MessageContext<{ hostId: string }>) {
    return { uuid: context.tokens.hostId, name: '' };
  }

  @Handle(domainDefined)
  async event(_event: DomainHappening): Promise<void> {}

  // @ts-expect-error -- a reply of another shape
  @Handle(startPlacedDomain)
  badReply() {
    return 7;
  }

  // @ts-expect-error -- a payload of another shape
  @Handle(startPlacedDomain)
  badPayload(_command: DomainHappening) {
    return { uuid: '', name: '' };
  }
}

/** Never called. */
export async function calls(bus: Bus, order: StartPlacedDomain, generic: CommandContract): Promise<void> {
  expectTypeOf(await bus.request(listDomains, {})).toEqualTypeOf<typeof listDomains.replyExample>();
  await bus.send(startPlacedDomain, order, { tokens: { hostId: 'a' } });
  // @ts-expect-error -- the subject has a token
  await bus.send(startPlacedDomain, order);
  // @ts-expect-error -- of another name
  await bus.send(startPlacedDomain, order, { tokens: { host: 'a' } });
  await bus.run(generic, {}, { tokens: { any: 'thing' } });
  expectTypeOf(await bus.bucket(hostFacts).view()).toExtend<View<HostFacts>>();
}

test('a handler may leave out what it does not need', () => {
  expectTypeOf<() => typeof handedOn>().toExtend<Start>();
});

function patternOf(durable?: string): unknown {
  class Ears {
    hear(): void {}
  }
  const method = Object.getOwnPropertyDescriptor(Ears.prototype, 'hear') as TypedPropertyDescriptor<() => void>;
  Handle(domainDefined, durable === undefined ? {} : { durable })(Ears.prototype, 'hear', method);
  return Reflect.getMetadata('microservices:pattern', method.value as object);
}

test('two handlers of one event are told apart by the durable name, so that Nest chains neither to the other', () => {
  expect(patternOf()).toEqual([domainDefined.subject]);
  expect(patternOf('other')).toEqual([`${domainDefined.subject} other`]);
});
