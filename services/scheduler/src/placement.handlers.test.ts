import { runPlacedAgent, setPlacedTime, type DomainRecord } from '@virtbus/contracts';
import type { Bus, MessageContext } from '@virtbus/messaging';
import { expect, test } from 'vitest';
import { PlacementHandlers } from './placement.handlers.js';
import type { PlacementRunner } from './placement.runner.js';

const uuid = '00000000-0000-0000-0000-000000000001';
const context = { commandId: 'c1' } as MessageContext;

/** What the host of a domain is sent, and the domain's agents are waited for so long. */
async function sent(agentSeconds: number | undefined, order: (handlers: PlacementHandlers) => Promise<unknown>): Promise<object[]> {
  const messages: object[] = [];
  const record = { uuid, name: 'd1', ...(agentSeconds === undefined ? {} : { agentSeconds }) } as DomainRecord;
  const runner = { active: async () => ({ record, placement: { uuid, hostId: 'host-a', epoch: 3 } }) } as unknown as PlacementRunner;
  const bus = { send: async ({ subject }: { subject: string }, payload: object) => void messages.push({ subject, ...payload }) };
  await order(new PlacementHandlers(runner, bus as unknown as Bus));
  return messages;
}

const where = { uuid, name: 'd1', epoch: 3 };
test.each<[number | undefined, object]>([
  [undefined, {}],
  [-1, {}],
  [-2, { timeoutSeconds: 55 }],
  [0, { timeoutSeconds: 1 }],
  [20, { timeoutSeconds: 20 }],
  [1_000_000, { timeoutSeconds: 55 }],
])('the agent of a domain that has said %s is waited for %j', async (agentSeconds, patience) => {
  const question = 'guest-get-time';
  expect(await sent(agentSeconds, (handlers) => handlers.askGuest({ domain: 'd1', question }, context))).toEqual([
    { subject: runPlacedAgent.subject, ...where, agent: { command: '{"execute":"guest-get-time"}', ...patience } },
  ]);
  expect(await sent(agentSeconds, (handlers) => handlers.setTime({ domain: 'd1', time: { seconds: 1 } }, context))).toEqual([
    { subject: setPlacedTime.subject, ...where, time: { seconds: 1, ...patience } },
  ]);
});

test('whoever says how long is heeded', async () => {
  const time = { seconds: 1, timeoutSeconds: 7 };
  expect(await sent(20, (handlers) => handlers.setTime({ domain: 'd1', time }, context))).toMatchObject([{ time }]);
});
