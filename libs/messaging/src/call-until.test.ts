import { defineDomain, Refusal } from '@virtbus/contracts';
import { expect, test } from 'vitest';
import type { BoundHandler } from './bound-handler.js';
import { callUntil, Interrupted } from './call-until.js';
import type { MessageContext } from './context.js';
import { RetryLater } from './retry-later.js';

const handler = (call: () => Promise<unknown>): BoundHandler => ({ contract: defineDomain, durable: undefined, maxInFlight: 1, call });
const context = (deadlineInMs?: number): MessageContext => ({
  subject: 's',
  tokens: {},
  commandId: 'c',
  sentAt: new Date(),
  deliveryCount: 1,
  ...(deadlineInMs === undefined ? {} : { deadline: new Date(Date.now() + deadlineInMs) }),
});
const open = new AbortController().signal;

test('a handler that throws is not called again', async () => {
  let calls = 0;
  const failing = handler(() => {
    calls += 1;
    return Promise.reject(new Error('bug'));
  });
  await expect(callUntil(failing, {}, { context: context(), closing: open })).rejects.toThrow('bug');
  expect(calls).toBe(1);
});

test('the wait is not begun when it would end after the deadline', async () => {
  const begun = performance.now();
  const waiting = handler(() => Promise.reject(new RetryLater(5_000, new Refusal('unschedulable', 'no host'))));
  await expect(callUntil(waiting, {}, { context: context(1_000), closing: open })).rejects.toMatchObject({ code: 'unschedulable' });
  expect(performance.now() - begun).toBeLessThan(1_000);
});

test('a wait for no reason given ends as a fault of ours', async () => {
  const waiting = handler(() => Promise.reject(new RetryLater(5_000)));
  await expect(callUntil(waiting, {}, { context: context(0), closing: open })).rejects.toMatchObject({ code: 'internal' });
});

test('without a deadline the handler is called until it answers', async () => {
  let calls = 0;
  const patient = handler(async () => {
    calls += 1;
    if (calls < 20) throw new RetryLater(0);
    return calls;
  });
  expect(await callUntil(patient, {}, { context: context(), closing: open })).toBe(20);
});

test('the wait ends when the service closes', async () => {
  const stop = new AbortController();
  const waiting = callUntil(
    handler(() => Promise.reject(new RetryLater(60_000))),
    {},
    { context: context(), closing: stop.signal },
  );
  stop.abort();
  await expect(waiting).rejects.toThrow(Interrupted);
});
