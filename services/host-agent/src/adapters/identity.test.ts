import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fromHostname, hostIdentity } from './identity.js';

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
