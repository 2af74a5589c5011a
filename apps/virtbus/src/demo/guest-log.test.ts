import { expect, test } from 'vitest';
import { countPings } from './guest-log.js';

const line = (words: string) => `virtbus-guest: ping 10.77.0.10 ${words}\n`;

test('replies are counted from the first one on, with the gaps between them', () => {
  const log = [
    line('no reply'),
    line('seq=3 time=1.2'),
    line('seq=4 time=0.8'),
    line('lost seq=5-7'),
    line('no reply'),
    line('seq=8 time=0.9'),
  ].join('');
  expect(countPings(log)).toEqual({ replies: 3, lost: 4, last: line('seq=8 time=0.9').trim() });
});

test('no ping is no reply and no loss', () => {
  expect(countPings('virtbus-guest: ready demo\n')).toEqual({ replies: 0, lost: 0, last: '' });
});
