import { beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';
import { FleetError } from './fleet.js';

const disk = 'disk.qcow2';
let line: FakeCommandLine;

beforeEach(async () => {
  line = new FakeCommandLine();
  const kept = { uuid: '9c3c1ddb-1f0f-4d31-a1a8-9d4a3ae8f041', path: '/srv/images', xml: '', persistent: true, autostart: true };
  line.fleet.storage.pools.set('images', { ...kept, name: 'images', active: true });
  await line.fleet.run('createVolume', { pool: 'images', xml: `<volume><name>${disk}</name></volume>` }, { timeoutMs: 1 });
  line.fleet.storage.contents.set(disk, Buffer.from('0123456789'));
  line.surroundings.files.set('in', 'abcdefgh');
  line.surroundings.files.set('out', 'as it was');
});
const held = (): string | undefined => line.fleet.storage.contents.get(disk)?.toString();
const out = () => line.surroundings.files.get('out');
const errno = (code: string, words: string) => Object.assign(new Error(`${code}: ${words}, write`), { code });

test.each([
  [[], '0123456789'],
  [['--offset', '3'], '3456789'],
  [['--offset', '3', '--length', '2'], '34'],
  [['--length', '0'], '0123456789'],
  [['--offset', '100'], ''],
])('vol-download %j says nothing, as virsh does, and the file has it', async (words, content) => {
  expect(await line.answer('vol-download', disk, 'out', 'images', ...words)).toEqual({ status: 0, out: '\n', err: '' });
  expect(out()).toBe(content);
});

test.each([
  [[], 'abcdefgh89'],
  [['--offset', '4'], '0123abcdefgh'],
  [['--length', '7'], 'abcdefg789'],
  [['--offset', '2', '--length', '1'], '01a3456789'],
])('vol-upload %j overwrites that much', async (words, content) => {
  expect(await line.answer('vol-upload', disk, 'in', 'images', ...words)).toEqual({ status: 0, out: '\n', err: '' });
  expect(held()).toBe(content);
});

test.each(['vol-upload', 'vol-download'])('%s --json says how much went where', async (command) => {
  const { out: said } = await line.answer(command, '/srv/images/disk.qcow2', 'in', '--length', '6', '--json');
  expect(JSON.parse(said)).toEqual({ pool: 'images', name: disk, file: 'in', bytes: 6 });
});

const missing = "error: failed to get vol 'no'\nerror: Storage volume not found: no storage vol with matching path 'no'\n";
test.each([
  [['vol-upload', 'no', 'in', 'images'], missing],
  [['vol-download', 'no', 'out', 'images'], missing],
  [['vol-upload', disk, 'absent', 'images'], "error: cannot read absent\nerror: 'absent'\n"],
  [['vol-upload', disk, 'in', 'images', '--offset', '-1'], "error: Numeric value '-1' for <offset> option is malformed or out of range\n"],
  [['vol-upload', disk, 'in', 'images', '--length', 'x'], "error: Numeric value 'x' for <length> option is malformed or out of range\n"],
])('%j is refused in virsh’s words', async (words, err) => {
  expect(await line.answer(...words)).toEqual({ status: 1, out: '\n', err });
  expect([held(), out()]).toEqual(['0123456789', 'as it was']);
});

test('a file that cannot be made is said before anything is asked for', async () => {
  line.surroundings.files.set('out', errno('EACCES', 'permission denied'));
  const { err } = await line.answer('vol-download', disk, 'out', 'images');
  expect(err).toBe('error: cannot create out\nerror: permission denied\n');
});

test('of a download that breaks off nothing has the name', async () => {
  line.fleet.storage.damage = new FleetError('system_error', 'Input/output error');
  const answer = await line.answer('vol-download', disk, 'out', 'images');
  expect(answer.err).toBe('error: cannot download from volume disk.qcow2\nerror: Input/output error\n');
  expect(out()).toBe('as it was');
});

test('a disk that is full is said', async () => {
  line.surroundings.full = errno('ENOSPC', 'no space left on device');
  const { status, err } = await line.answer('vol-download', disk, 'out', 'images');
  expect([status, err, out()]).toEqual([1, 'error: cannot write out\nerror: no space left on device\n', 'as it was']);
});

test.each([
  ['vol-download', 'out', "'out' is not written"],
  ['vol-upload', 'in', 'what has been sent stays in the volume'],
])('Ctrl-C ends %s, and says what is so', async (command, file, state) => {
  line.fleet.slow = true;
  const ended = line.answer(command, disk, file, 'images');
  await vi.waitFor(() => expect(line.surroundings.interrupts.size).toBe(1));
  await Promise.resolve();
  line.surroundings.interrupt();
  expect(await ended).toEqual({ status: 130, out: '\n', err: `error: Interrupted\nerror: ${state}\n` });
  expect([out(), line.surroundings.interrupts.size]).toEqual(['as it was', 0]);
});

describe('--sparse', () => {
  test('has the file skip what was never written in the volume', async () => {
    line.fleet.storage.contents.set(disk, Buffer.from('01____67__'));
    expect(await line.answer('vol-download', disk, 'out', 'images', '--sparse')).toEqual({ status: 0, out: '\n', err: '' });
    expect([out(), line.surroundings.skipped]).toEqual(['01____67__', [4, 2]]);
    await line.answer('vol-download', disk, 'out', 'images');
    expect(line.surroundings.skipped).toEqual([4, 2]);
  });

  test.each([
    [[], 'ab____gh89', [4]],
    [['--length', '5'], 'ab___56789', [3]],
    [['--length', '2'], 'ab23456789', []],
  ])('%j has the volume hold nothing where the file was never written', async (words, content, holes) => {
    line.surroundings.files.set('in', 'ab____gh');
    expect(await line.answer('vol-upload', disk, 'in', 'images', '--sparse', ...words)).toEqual({ status: 0, out: '\n', err: '' });
    expect([held(), line.fleet.storage.holes]).toEqual([content, holes]);
  });

  test('says nothing of holes when it is not said', async () => {
    line.surroundings.files.set('in', 'ab____gh');
    await line.answer('vol-upload', disk, 'in', 'images');
    expect([held(), line.fleet.storage.holes]).toEqual(['ab____gh89', []]);
  });
});
