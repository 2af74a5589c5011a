import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentIdentity, fromHostname, hostIdentity, lockHome } from './identity.js';

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
