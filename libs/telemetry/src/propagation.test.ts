import { expect, test } from 'vitest';
import { formatTraceparent, parseTraceparent } from './index.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

test.each<[string, string, boolean]>([
  ['of version 00 is read', `00-${traceId}-${spanId}-01`, true],
  ['with spaces around it is read', ` 00-${traceId}-${spanId}-00 `, true],
  ['of a later version with more to it is read', `01-${traceId}-${spanId}-01-more`, true],
  ['of version 00 with more to it is none', `00-${traceId}-${spanId}-01-more`, false],
  ['of version ff is none', `ff-${traceId}-${spanId}-01`, false],
  ['in capitals is none', `00-${traceId.toUpperCase()}-${spanId}-01`, false],
  ['without a trace is none', `00-${'0'.repeat(32)}-${spanId}-01`, false],
  ['without a span is none', `00-${traceId}-${'0'.repeat(16)}-01`, false],
  ['that is too short is none', `00-${traceId}-${spanId}`, false],
  ['that is empty is none', '', false],
])('a traceparent %s', (_, text, isOne) => {
  expect(parseTraceparent(text) !== undefined).toBe(isOne);
});

test('a traceparent is written as it was read', () => {
  for (const flags of ['00', '01', 'ff']) {
    const text = `00-${traceId}-${spanId}-${flags}`;
    expect(formatTraceparent(parseTraceparent(text)!)).toBe(text);
  }
});
