import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocateTapName, reserveTapName, type TapCounters } from './tap-names.js';

const none = () => false;
const taken =
  (...names: string[]) =>
  (name: string) =>
    names.includes(name);
const vnet = (target?: string) => ({ prefix: 'vnet', target });

describe('a target is refused', () => {
  test.each([
    ['when a link of that name exists', 'br0', 'tap_exists'],
    ['when it has sixteen bytes', 'abcdefghijklmnop', 'name_invalid'],
    ['when it has sixteen bytes in fifteen characters', 'abcdefghijklmné', 'name_invalid'],
    ['when it is too long, template or not', 'abcdefghijklmn%d', 'name_invalid'],
  ])('%s', (_, target, code) => {
    const counters = { vnet: 4 };
    expect(allocateTapName(counters, vnet(target), taken('br0'))).toMatchObject({ type: 'refused', code, counters });
  });
});

describe('a target is kept', () => {
  test.each([
    ['a free name', 'tap7', 'named'],
    ['a name of fifteen bytes', 'abcdefghijklmno', 'named'],
    ['a template', 'mytap%d', 'template'],
    ['two templates in one, for the kernel to refuse', 'm%d%d', 'template'],
    ['a template of another kind, for the kernel to refuse', 'm%s', 'template'],
  ])('%s', (_, target, type) => {
    expect(allocateTapName({ vnet: 4 }, vnet(target), taken('mytap0'))).toEqual({ type, name: target, counters: { vnet: 4 } });
  });
});

describe('a name is made', () => {
  test.each<[string, TapCounters, string | undefined, string[], string, TapCounters]>([
    ['the first is 0', {}, undefined, [], 'vnet0', { vnet: 0 }],
    ['the next is one more', { vnet: 6 }, undefined, [], 'vnet7', { vnet: 7 }],
    ['an empty target is none', { vnet: 6 }, '', [], 'vnet7', { vnet: 7 }],
    ["the prefix's own template is the counter's", { vnet: 6 }, 'vnet%d', [], 'vnet7', { vnet: 7 }],
    ['foreign devices are passed over and their numbers spent', {}, undefined, ['vnet0', 'vnet1', 'vnet3'], 'vnet2', { vnet: 2 }],
    ['the last number of an int is given, then 0', { vnet: 2147483646 }, undefined, [], 'vnet2147483647', { vnet: -1 }],
    ['other prefixes keep their counters', { vnet: 3, macvtap: 9 }, undefined, [], 'vnet4', { vnet: 4, macvtap: 9 }],
  ])('%s', (_, counters, target, present, name, after) => {
    expect(allocateTapName(counters, vnet(target), taken(...present))).toEqual({ type: 'named', name, counters: after });
  });

  test('a number that makes the name too long is passed over', () => {
    expect(allocateTapName({ macvtap: 99_999_998 }, { prefix: 'macvtap' }, none)).toMatchObject({ name: 'macvtap99999999' });
    expect(allocateTapName({ macvtap: 99_999_999 }, { prefix: 'macvtap' }, none)).toMatchObject({
      name: 'macvtap0',
      counters: { macvtap: 0 },
    });
  });

  test('after ten thousand names in use it gives up, and goes on behind them next time', () => {
    const first = allocateTapName({}, vnet(), (name) => Number(name.slice(4)) < 10_000);
    expect(first).toMatchObject({ type: 'refused', code: 'names_exhausted', counters: { vnet: 9999 } });
    expect(allocateTapName(first.counters, vnet(), none)).toMatchObject({ name: 'vnet10000' });
    expect(allocateTapName({}, vnet(), (name) => Number(name.slice(4)) < 9999)).toMatchObject({ type: 'named', name: 'vnet9999' });
  });
});

describe('a reserved name', () => {
  test.each<[string, TapCounters, string, TapCounters]>([
    ['raises the counter', { vnet: 3 }, 'vnet17', { vnet: 17 }],
    ['never lowers it', { vnet: 30 }, 'vnet17', { vnet: 30 }],
    ['starts a counter', {}, 'vnet0', { vnet: 0 }],
    ['of another prefix is ignored', { vnet: 3 }, 'macvtap9', { vnet: 3 }],
    ['with a tail that is no number is ignored', { vnet: 3 }, 'vnet9a', { vnet: 3 }],
    ['with no number is ignored', { vnet: 3 }, 'vnet', { vnet: 3 }],
    ['with a sign is ignored', { vnet: 3 }, 'vnet-9', { vnet: 3 }],
    ['beyond the largest number is ignored', { vnet: 3 }, 'vnet99999999999', { vnet: 3 }],
  ])('%s', (_, counters, name, after) => expect(reserveTapName(counters, 'vnet', name)).toEqual(after));
});

/** Fourteen bytes of prefix leave room for one digit: the counter starts over at ten. */
const prefix = 'abcdefghijklmn';
const tenNames = Array.from({ length: 10 }, (_, digit) => `${prefix}${digit}`);

test('names come round in order, whatever is in use, as a wheel of ten would give them', () =>
  fc.assert(
    fc.property(fc.integer({ min: -1, max: 9 }), fc.array(fc.subarray(tenNames), { minLength: 1, maxLength: 30 }), (start, inUse) => {
      let counters: TapCounters = { [prefix]: start };
      let wheel = start;
      for (const present of inUse) {
        const answer = allocateTapName(counters, { prefix }, taken(...present));
        counters = answer.counters;
        const free = tenNames.map((_, step) => (wheel + 1 + step) % 10).find((digit) => !present.includes(`${prefix}${digit}`));
        if (free === undefined) {
          expect(answer.type).toBe('refused');
          wheel = counters[prefix] ?? -1;
        } else {
          expect(answer).toMatchObject({ type: 'named', name: `${prefix}${free}` });
          wheel = free;
        }
      }
    }),
  ));

test('no name is given twice, nor one in use or reserved, however requests, restarts and reservations mix', () =>
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.constant('ask'),
          fc.constant('restart'),
          fc.nat(40).map((number) => `vnet${number}`),
        ),
        { maxLength: 60 },
      ),
      fc.uniqueArray(fc.nat(30), { maxLength: 10 }),
      (story, foreign) => {
        let counters: TapCounters = {};
        const present = foreign.map((number) => `vnet${number}`);
        const seen = new Set(present);
        for (const step of story) {
          if (step === 'restart') counters = JSON.parse(JSON.stringify(counters)) as TapCounters;
          else if (step === 'ask') {
            const answer = allocateTapName(counters, vnet(), taken(...present));
            counters = answer.counters;
            const name = answer.type === 'named' ? answer.name : '';
            expect(name).toMatch(/^vnet\d+$/);
            expect(seen.has(name)).toBe(false);
            seen.add(name);
          } else {
            counters = reserveTapName(counters, 'vnet', step);
            seen.add(step);
          }
        }
      },
    ),
  ));
