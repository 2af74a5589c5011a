import { expect, test } from 'vitest';
import { oneByte } from './one-byte.ts';

test.each(['"µs … 😀"', '/^µ…$/.source', '/^[😀]$/u.test("😀")', '`ü${"–"}`', '(() => { const größe = 3; return größe; })() // – …'])(
  '%s is ASCII and means what it meant',
  (code) => {
    const written = oneByte(code);
    expect(written).toMatch(/^[\0-\x7f]*$/);
    const unescaped = (value: unknown) => (typeof value === 'string' ? JSON.parse(`"${value}"`) : value);
    // oxlint-disable-next-line no-eval -- running it is what is tested
    expect(unescaped((0, eval)(written))).toBe((0, eval)(code));
  },
);
