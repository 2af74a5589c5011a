import { expect, test } from 'vitest';
import { adrIndex, type Record } from './adr-index.ts';

const rows = (...records: Record[]): string[] =>
  adrIndex(records)
    .split('\n')
    .filter((line) => /^\| \d/.test(line));
const record = (file: string, text = '# One writer per fact\n\nContext…'): Record => ({ file, text });

test.each<[sentence: string, record: Record, row: string]>([
  ['the heading', record('0001-one-writer.md'), '| 0001 | [One writer per fact](0001-one-writer.md) | accepted |'],
  ['the heading without its number', record('0001-a.md', '# 0001 One writer'), '| 0001 | [One writer](0001-a.md) | accepted |'],
  ['the heading without its number and stop', record('0001-a.md', '# 0001. One writer'), '| 0001 | [One writer](0001-a.md) | accepted |'],
  ['the status', record('0002-a.md', '# A\n\nStatus: superseded by 0007\n'), '| 0002 | [A](0002-a.md) | superseded by 0007 |'],
])('a row shows %s', (_sentence, given, row) => expect(rows(given)).toEqual([row]));

test('rows are in the order of their numbers', () =>
  expect(rows(record('0010-b.md'), record('0002-a.md')).map((row) => row.slice(2, 6))).toEqual(['0002', '0010']));

test.each<[sentence: string, records: Record[], problem: string]>([
  ['without a number', [record('one-writer.md')], 'NNNN-title.md'],
  ['without a heading', [record('0001-a.md', 'text')], 'heading'],
  ['that shares its number', [record('0001-a.md'), record('0001-b.md')], 'number 0001'],
])('a record %s is refused', (_sentence, records, problem) => expect(() => adrIndex(records)).toThrow(problem));
