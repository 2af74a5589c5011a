import { isObjectName } from '@virtbus/contracts';
import { expect, test } from 'vitest';
import { refuseName, refuseUsage, refuseVolumeName } from './object-name.js';

const refusalOf = (refuse: () => void): unknown[] => {
  try {
    refuse();
  } catch (thrown) {
    const { code, libvirt, domain, message } = thrown as { code: string; libvirt: number; domain: number; message: string };
    return [code, libvirt, domain, message];
  }
  return [];
};
const long = (bytes: number, most: number): string => `a name of ${bytes} bytes cannot be kept, only up to ${most}: File name too long`;

test.each([' ', '\t', ' a ', '.', '..', '-a', '--all', '7', '>', 'a.*.>', '%', `'"&<`, 'a,b=c', '\r', '\u007f', '\u0085', '日本', '😀'])(
  '%j is a name, as it is to libvirt',
  (name) => {
    for (const refuse of [refuseName, refuseVolumeName, refuseUsage]) expect(refusalOf(() => refuse(name))).toEqual([]);
    expect(isObjectName(name)).toBe(true);
  },
);

test.each([
  ['a\nb', String.raw`invalid char in name: \n`],
  ['\n', String.raw`invalid char in name: \n`],
  ['a/b', 'invalid char in name: /'],
])('%j is none', (name, words) => {
  for (const refuse of [refuseName, refuseVolumeName]) expect(refusalOf(() => refuse(name))).toEqual(['xml_detail', 35, 5, words]);
});

test('a name is as long as libvirt can write a file for it, in bytes', () => {
  for (const longest of ['n'.repeat(247), `n${'é'.repeat(123)}`]) {
    expect(refusalOf(() => refuseName(longest))).toEqual([]);
    expect(refusalOf(() => refuseName(`${longest}n`))).toEqual(['invalid_argument', 38, 0, long(248, 247)]);
  }
  expect(refusalOf(() => refuseVolumeName('n'.repeat(255)))).toEqual([]);
  expect(refusalOf(() => refuseVolumeName('n'.repeat(256)))).toEqual(['invalid_argument', 38, 18, long(256, 255)]);
  expect(refusalOf(() => refuseUsage('n'.repeat(4096)))).toEqual(['invalid_argument', 38, 0, long(4096, 255)]);
});

test('what a contract takes is a name, and the longest one is taken', () => {
  expect([isObjectName('n'.repeat(255)), isObjectName('n'.repeat(256))]).toEqual([true, false]);
});
