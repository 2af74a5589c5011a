import { expect, test } from 'vitest';
import { LibvirtError } from '@virtbus/libvirt-xml';
import { attempt, readSeeds } from './fixtures.js';
import { fuzz, type FuzzOptions } from './fuzz.js';
import { mutate } from './mutate.js';
import { seeded } from './random.js';

const options: FuzzOptions = { count: 600, seed: 7, seeds: readSeeds(), attempt, limitMs: Infinity, clock: () => 0 };

test('no document, however wrong, does anything but be accepted or refused', { timeout: 60_000 }, () => {
  const { accepted, refused, findings } = fuzz(options);
  expect(findings).toEqual([]);
  // Wrong documents that are all refused at the first character would try nothing.
  expect(accepted).toBeGreaterThan(60);
  expect(refused).toBeGreaterThan(60);
});

test('what was found once is found again with the same seed', () => {
  const texts = options.seeds.map(({ xml }) => xml);
  const made = (seed: number) => {
    const random = seeded(seed);
    return Array.from({ length: 20 }, () => mutate(texts[0]!, random, texts));
  };
  expect(made(3)).toEqual(made(3));
  expect(made(3)).not.toEqual(made(4));
});

test('a crash and a hang are told with their document, a refusal is not', () => {
  const seeds = [{ kind: 'domain', xml: '<a/>' }];
  const crash = () => {
    throw new TypeError('oops');
  };
  const refuse = () => {
    throw new LibvirtError('XML_ERROR', 'no');
  };
  let now = 0;
  const slow = () => void (now += 200);
  expect(fuzz({ ...options, count: 1, seeds, attempt: crash }).findings).toMatchObject([
    { number: 0, what: expect.stringContaining('oops') },
  ]);
  expect(fuzz({ ...options, count: 1, seeds, attempt: refuse })).toMatchObject({ refused: 1, findings: [] });
  expect(fuzz({ ...options, count: 1, seeds, attempt: slow, limitMs: 100, clock: () => now }).findings).toMatchObject([
    { what: 'took 200 ms' },
  ]);
});

test('a document that was slow once because the machine was busy is no finding', () => {
  let tries = 0;
  let now = 0;
  const slowOnce = () => {
    tries += 1;
    now += tries === 1 ? 200 : 1;
  };
  const report = fuzz({ ...options, count: 1, attempt: slowOnce, limitMs: 100, clock: () => now });
  expect(report).toMatchObject({ findings: [], slowestMs: 1 });
});
