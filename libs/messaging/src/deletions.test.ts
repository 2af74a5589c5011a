import { expect, test } from 'vitest';
import { Deletions } from './deletions.js';

test('a deletion is answered once, the latest one', () => {
  const deletions = new Deletions();
  deletions.remember('a', 3);
  deletions.remember('a', 7);
  expect([deletions.take('a'), deletions.take('a'), deletions.take('b')]).toEqual([7, undefined, undefined]);
});

test('the oldest of very many is forgotten', () => {
  const deletions = new Deletions();
  for (let n = 0; n <= 4096; n += 1) deletions.remember(`key${n}`, n);
  expect([deletions.take('key0'), deletions.take('key1'), deletions.take('key4096')]).toEqual([undefined, 1, 4096]);
});
