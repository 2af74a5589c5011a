import { expect, test } from 'vitest';
import { Listeners } from './listeners.js';

test("one listener's exception does not keep the next from hearing, and surfaces as uncaught", async () => {
  const surfaced = new Promise<unknown>((resolve) => {
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => {
      for (const listener of before) process.on('uncaughtException', listener);
      resolve(error);
    });
  });
  const heard: number[] = [];
  const listeners = new Listeners<number>();
  const bug = new Error('bug');
  listeners.add(() => {
    throw bug;
  });
  listeners.add((value) => heard.push(value));
  listeners.tell(7);
  expect(heard).toEqual([7]);
  await expect(surfaced).resolves.toBe(bug);
});

test('the same function may be added twice, and each is removed by itself', () => {
  let calls = 0;
  const listeners = new Listeners<void>();
  const count = () => void calls++;
  const remove = listeners.add(count);
  listeners.add(count);
  remove();
  listeners.tell();
  expect(calls).toBe(1);
});

test('a listener that removes another while being told keeps the round whole', () => {
  const heard: string[] = [];
  const listeners = new Listeners<void>();
  listeners.add(() => {
    heard.push('a');
    removeB();
  });
  const removeB = listeners.add(() => heard.push('b'));
  listeners.tell();
  listeners.tell();
  expect(heard).toEqual(['a', 'b', 'a']);
});
