import { expect, test } from 'vitest';
import type { EmulatorFacts } from '@virtbus/contracts';
import { commonEmulator } from './common-emulator.js';

const facts = (hostId: string, version: number[], target = 'x86_64'): EmulatorFacts => ({
  hostId,
  version,
  target,
  binary: '',
  machines: [],
  devices: [],
});

test.each<[string, EmulatorFacts[], string | undefined]>([
  ['nothing is known', [], undefined],
  ['only another architecture is known', [facts('a', [7, 2, 0], 'aarch64')], undefined],
  ['one is older', [facts('a', [10, 0, 0]), facts('b', [7, 2, 22]), facts('c', [8, 0, 0])], 'b'],
  ['one is older by its last number', [facts('a', [7, 2, 22]), facts('b', [7, 2, 9])], 'b'],
  ['all are equal', [facts('b', [7, 2, 0]), facts('a', [7, 2, 0])], 'a'],
])('when %s', (_, known, expected) => expect(commonEmulator(known, 'x86_64')?.hostId).toBe(expected));
