import { Refusal } from '@virtbus/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pageOf, type Page } from './page.js';

const listing = (names: readonly string[], size = 0) => ({
  from: names,
  keyOf: (name: string) => name,
  show: (name: string) => ({ name, fill: 'x'.repeat(size) }),
});

function all(names: readonly string[], limit: number | undefined, size = 0): { readonly names: string[]; readonly pages: number } {
  const found: string[] = [];
  let [after, pages]: [string | undefined, number] = [undefined, 0];
  do {
    const page: Page<{ name: string }> = pageOf(listing(names, size), {
      ...(after === undefined ? {} : { after }),
      ...(limit === undefined ? {} : { limit }),
    });
    found.push(...page.items.map((item) => item.name));
    [after, pages] = [page.next, pages + 1];
  } while (after !== undefined);
  return { names: found, pages };
}

test('the pages of a list are the list, in order, nothing twice', () =>
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 30 }), fc.integer({ min: 1, max: 7 }), (names, limit) => {
      const sorted = [...names].toSorted((a, b) => (a < b ? -1 : 1));
      expect(all(names, limit)).toEqual({ names: sorted, pages: Math.max(1, Math.ceil(names.length / limit)) });
    }),
  ));

test('5,000 items come in pages of at most 1,000', () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `d${index}`);
  expect(all(names, undefined)).toMatchObject({ pages: 5 });
  expect(new Set(all(names, undefined).names).size).toBe(5_000);
});

test('large items make shorter pages, and one that is too large for any comes alone', () => {
  expect(all(['a', 'b', 'c'], undefined, 200 * 1024).pages).toBe(2);
  expect(all(['a', 'b'], undefined, 600 * 1024).pages).toBe(2);
});

test('an empty list is one empty page', () => expect(pageOf(listing([]), {})).toEqual({ items: [] }));

test('what no page has said is refused', () => expect(() => pageOf(listing(['a']), { after: 'a b' })).toThrow(Refusal));
