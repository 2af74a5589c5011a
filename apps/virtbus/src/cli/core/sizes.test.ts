import { expect, test } from 'vitest';
import { sizeKiB } from './sizes.js';

test.each<[string, number | undefined]>([
  ['1024', 1024],
  ['1G', 1_048_576],
  ['1GiB', 1_048_576],
  ['1MB', 977],
  ['2048b', 2],
  ['1', 1],
  ['', undefined],
  ['-1', undefined],
  ['1x', undefined],
  ['1iB', undefined],
])('%j is %s KiB', (text, kib) => expect(sizeKiB(text)).toBe(kib));
