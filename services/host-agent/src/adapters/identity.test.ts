import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { agentIdentity, fromHostname, HOME, hostIdentity, lockHome } from './identity.js';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'virtbus-id-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('an id stays what it was at first', async () => {
  expect(await hostIdentity(directory, 'host-a')).toBe('host-a');
  expect(await hostIdentity(directory, undefined)).toBe('host-a');
  await expect(hostIdentity(directory, 'host-b')).rejects.toThrow("this host is 'host-a', not 'host-b'");
});

describe('an id on record', () => {
  const keep = (text: string) => writeFile(join(directory, 'host-id'), text);
  const hasRun = () => lockHome(join(directory, HOME)).then((lock) => lock.close());

  test.each<[string, () => Promise<unknown>]>([
    ['that is gone', hasRun],
    ['that is empty', async () => [await hasRun(), await keep('')]],
  ])('%s is not guessed, but may be said again', async (_, lose) => {
    await lose();
    await expect(hostIdentity(directory, undefined)).rejects.toThrow('is lost: say with VIRTBUS_HOST_ID which host this is');
    expect(await hostIdentity(directory, 'host-a')).toBe('host-a');
    expect(await hostIdentity(directory, undefined)).toBe('host-a');
    expect((await readdir(directory)).toSorted()).toEqual([HOME, 'host-id']);
  });

  test('that is empty since a first start that failed is written anew', async () => {
    await keep('');
    expect(await hostIdentity(directory, undefined)).toBe(fromHostname(hostname()));
  });

  test('that has never been is no loss where the disk for it is mounted already', async () => {
    await mkdir(join(directory, HOME));
    expect(await hostIdentity(directory, undefined)).toBe(fromHostname(hostname()));
  });

  test('that is none says so', async () => {
    await keep('a b');
    await expect(hostIdentity(directory, undefined)).rejects.toThrow('holds no host\'s id: "a b"');
  });

  test('that cannot be read is not written over', async () => {
    await mkdir(join(directory, 'host-id'));
    await expect(hostIdentity(directory, 'host-a')).rejects.toThrow('cannot be read: Error: EISDIR');
  });
});

test('an id that subjects cannot hold is refused', () =>
  expect(hostIdentity(directory, 'a.b')).rejects.toThrow('"a.b" is no id of a host, which is 1 to 64 letters, digits, _ or -'));

test.each([
  ['a.example.org', 'a'],
  ['web 01', 'web-01'],
  ['', 'host'],
])('the machine %j is host %j', (name, id) => expect(fromHostname(name)).toBe(id));

test('a state directory has one host-agent at a time, and the next one when that has ended', async () => {
  const first = await lockHome(directory);
  await expect(lockHome(directory, 1)).rejects.toThrow(`another host-agent runs on ${directory}`);
  const next = lockHome(directory);
  first.close();
  first.close();
  (await next).close();
});

test('starts from one state directory are of one home, a copy of it is another', async () => {
  const copy = await mkdtemp(join(tmpdir(), 'virtbus-id-'));
  const [one, again, other] = [await agentIdentity(directory), await agentIdentity(directory), await agentIdentity(copy)];
  await rm(copy, { recursive: true });
  expect(again.home).toBe(one.home);
  expect(again.instance).not.toBe(one.instance);
  expect(other.home).not.toBe(one.home);
});
