import { expect, test } from 'vitest';
import { findProcess, readCommandLine, readStat } from './proc.js';

const NOBODY = 2 ** 22 + 1;

test('a process reads its own state, start and arguments', () => {
  expect(readStat(process.pid)).toEqual({ state: 'R', startTime: expect.any(Number) });
  expect(readStat(process.pid)!.startTime).toBeGreaterThan(0);
  expect(readCommandLine(process.pid)!.length).toBeGreaterThan(0);
});

test('a pid that nobody has is absent, not an error', () => {
  expect(readStat(NOBODY)).toBeUndefined();
  expect(readCommandLine(NOBODY)).toBeUndefined();
});

test('a search that matches nothing finds nothing', () =>
  expect(findProcess((argv) => argv.includes(`-uuid ${process.pid}`))).resolves.toBeUndefined());
