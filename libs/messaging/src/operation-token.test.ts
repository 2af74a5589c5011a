import { isSubjectToken } from '@virtbus/contracts';
import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { operationToken } from './index.js';

test.each<[string, string]>([
  ['a UUID', '01JD3K8Q9W7Z5T2R4N6M8P0V1X'],
  ['a word with dashes', 'order-66_a=='],
  ['150 letters', 'x'.repeat(150)],
])('%s stays what it is', (_, id) => expect(operationToken(id)).toBe(id));

test.each<[string, string]>([
  ['dots', 'a.b'],
  ['wildcards', 'a.*.>'],
  ['white space', 'a b'],
  ['a line break', 'a\r\nNats-Rollup: all'],
  ['letters beyond ASCII', 'ä'],
  ['nothing', ''],
  ['151 letters', 'x'.repeat(151)],
])('an id of %s becomes a hash', (_, id) => expect(operationToken(id)).toMatch(/^h-[\w-]{43}$/));

const holds = (id: string): boolean => {
  const token = operationToken(id);
  return isSubjectToken(`${token}-outcome`) && operationToken(id) === token && operationToken(token) === token;
};

test('whatever the id, its token may stand in a subject with a suffix, and is the same each time', () =>
  assert(property(string({ unit: 'binary', maxLength: 300 }), holds)));
