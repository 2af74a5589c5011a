import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PendingCommands } from './pending.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test.each<[string, (pending: PendingCommands, id: number) => void]>([
  ['answered', (pending, id) => pending.resolve(id, {})],
  ['refused', (pending, id) => pending.refuse(id, 'GenericError', 'no')],
  ['failed', (pending, id) => pending.fail(id, new Error('gone'))],
  ['failed with all others', (pending) => pending.failAll(new Error('gone'))],
])('a command that was %s leaves no timer behind', async (_, settle) => {
  const pending = new PendingCommands();
  const { id, answer } = pending.open('stop', 1000);
  settle(pending, id);
  await answer.catch(() => undefined);
  expect(vi.getTimerCount()).toBe(0);
});

test('an id is not used again', () => {
  const pending = new PendingCommands();
  const first = pending.open('a', 1000);
  pending.resolve(first.id, {});
  expect(pending.open('b', 1000).id).not.toBe(first.id);
});
