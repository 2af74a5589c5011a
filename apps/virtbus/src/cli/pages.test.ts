import { expect, test } from 'vitest';
import { allPages } from './pages.js';

test('a list is asked for until its last page, with the question of the first', async () => {
  const asked: object[] = [];
  const whole = await allPages({ limit: 1 }, async (question) => {
    asked.push(question);
    return asked.length < 3 ? { domains: [asked.length], next: `p${asked.length}` } : { domains: [3] };
  });
  expect(whole).toEqual({ domains: [1, 2, 3] });
  expect(asked).toEqual([{ limit: 1 }, { limit: 1, after: 'p1' }, { limit: 1, after: 'p2' }]);
});

test('what is no list is asked for once', async () => expect(await allPages({}, async () => ({ xml: 'x' }))).toEqual({ xml: 'x' }));
