import { expect, test } from 'vitest';
import { nativeFor } from './native-packages.ts';

const machine = { os: 'linux', cpu: 'x64', libc: 'glibc' };
const native = { optional: true, os: ['linux'], cpu: ['x64'] };

test.each<[sentence: string, locked: object, wanted: boolean]>([
  ['wants a package for this machine', native, true],
  ['wants one whose lists are single words', { optional: true, os: 'linux', cpu: 'x64' }, true],
  ['wants one for this libc', { ...native, libc: ['glibc'] }, true],
  ['leaves one for another libc', { ...native, libc: ['musl'] }, false],
  ['leaves one for another processor', { ...native, cpu: ['arm64'] }, false],
  ['leaves one for another system', { ...native, os: ['darwin'] }, false],
  ['leaves one that any machine may do without', { optional: true }, false],
  ['leaves one that npm insists on anyway', { os: ['linux'], cpu: ['x64'] }, false],
])('%s', (_sentence, locked, wanted) => expect(nativeFor(machine, { a: locked })).toEqual(wanted ? ['a'] : []));
