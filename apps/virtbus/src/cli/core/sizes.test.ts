import { expect, test } from 'vitest';
import { sizeKiB, volumeSize } from './sizes.js';

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

test.each<[string, ReturnType<typeof volumeSize>]>([
  ['1024', { bytes: 1024 }],
  ['1kb', { bytes: 1000 }],
  ['1KiB', { bytes: 1024 }],
  ['4M', { bytes: 4_194_304 }],
  ['7b', { bytes: 7 }],
  ['0', { bytes: 0 }],
  ['4X', { why: "invalid argument: unknown suffix 'X'" }],
  ['99999999E', { why: 'numerical overflow: value too large: 99999999E' }],
  ['x', {}],
  ['-1', {}],
  ['', {}],
])('%j as the size of a volume', (text, size) => expect(volumeSize(text)).toEqual(size));
