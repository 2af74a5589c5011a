import { expect, test } from 'vitest';
import { belongsTo, identify } from './identity.js';
import { readStat } from './proc.js';

const owner = { uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', directory: '/run/virtbus/a' };
const ours = ['qemu', '-uuid', owner.uuid, '-pidfile', '/run/virtbus/a/qemu.pid'];

test.each<[string, readonly string[], boolean]>([
  ['uuid and pid file', ours, true],
  ['no arguments (a zombie)', [], false],
  ['another uuid', ours.with(2, 'c7a5fdbd-edaf-9455-926a-d65c16db1800'), false],
  ['another directory', ours.with(4, '/run/virtbus/b/qemu.pid'), false],
  ['the uuid of a grep', ['grep', '-r', owner.uuid, '/run/virtbus/a/qemu.pid'], false],
  ['the values without their options', ['x', owner.uuid, '/run/virtbus/a/qemu.pid'], false],
  ['an option at the end', ['qemu', '-pidfile', '/run/virtbus/a/qemu.pid', '-uuid'], false],
])('a command line with %s', (_, argv, expected) => expect(belongsTo(argv, owner)).toBe(expected));

test('a living process of somebody else is told as such', () =>
  expect(identify(process.pid, owner)).toEqual({ type: 'gone', reason: 'other_process' }));

test('a pid that was used again is told by its start time', () =>
  expect(identify(process.pid, owner, readStat(process.pid)!.startTime - 1)).toEqual({ type: 'gone', reason: 'other_process' }));

test('a pid that nobody has is gone', () => expect(identify(2 ** 22 + 1, owner, 5)).toEqual({ type: 'gone', reason: 'no_process' }));
