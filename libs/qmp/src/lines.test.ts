import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ProtocolError } from './errors.js';
import { LineSplitter } from './lines.js';

const linesOf = (chunks: readonly string[], maxBytes = 64) => {
  const splitter = new LineSplitter(maxBytes);
  return chunks.flatMap((chunk) => [...splitter.push(Buffer.from(chunk))]);
};

test.each<[string, string[], string[]]>([
  ['one line', ['{}\n'], ['{}']],
  ["a line with QEMU's carriage return", ['{}\r\n'], ['{}']],
  ['several lines of one chunk', ['a\nb\nc\n'], ['a', 'b', 'c']],
  ['a line over three chunks', ['a', 'b', 'c\n'], ['abc']],
  ['no line yet', ['abc'], []],
  ['blank lines left out', ['\n \r\na\n\n'], ['a']],
])('splits into %s', (_, chunks, lines) => expect(linesOf(chunks)).toEqual(lines));

test('a character cut in two by a chunk is whole again', () => {
  const bytes = Buffer.from('"é"\n');
  const splitter = new LineSplitter(64);
  expect([...splitter.push(bytes.subarray(0, 2)), ...splitter.push(bytes.subarray(2))]).toEqual(['"é"']);
});

test.each<[string, string[]]>([
  ['in one chunk', ['12345678\n']],
  ['chunk by chunk, with no end in sight', ['1234', '567', '8']],
  ['after good lines', ['ok\nok\n12345678']],
])('refuses a line over the limit %s', (_, chunks) => expect(() => linesOf(chunks, 7)).toThrow(ProtocolError));

test('takes a line of exactly the limit', () => expect(linesOf(['1234567\n'], 7)).toEqual(['1234567']));

test('the cutting of a stream into chunks changes nothing', () => {
  const line = fc.string({ unit: fc.constantFrom('a', 'é', '{', '€'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat({ max: 40 })), (lines, cuts) => {
      const stream = Buffer.from(lines.map((text) => `${text}\r\n`).join(''));
      const edges = [0, ...cuts.map((cut) => Math.min(cut, stream.length)).toSorted((a, b) => a - b), stream.length];
      const splitter = new LineSplitter(1024);
      const got = edges.slice(1).flatMap((edge, index) => [...splitter.push(stream.subarray(edges[index], edge))]);
      expect(got).toEqual(lines);
    }),
  );
});
