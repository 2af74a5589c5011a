import { expect, test } from 'vitest';
import { SerialQueues } from './serial.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('one key runs in order, also after a failure; keys do not wait for each other', async () => {
  const queues = new SerialQueues();
  const said: string[] = [];
  const slow = queues.run('a', async () => {
    await pause(20);
    said.push('a1');
    throw new Error('a1 failed');
  });
  const next = queues.run('a', async () => said.push('a2'));
  await queues.run('b', async () => said.push('b1'));
  await expect(slow).rejects.toThrow('a1 failed');
  await next;
  expect(said).toEqual(['b1', 'a1', 'a2']);
});

test('a queue that has run dry is forgotten', async () => {
  const queues = new SerialQueues();
  await queues.run('a', async () => undefined);
  expect((queues as unknown as { tails: Map<string, unknown> }).tails.size).toBe(0);
});
