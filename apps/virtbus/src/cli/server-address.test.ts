import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serverAddress } from './server-address.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'virtbus-address-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const addressIn = (environment: Record<string, string>, given?: string) => serverAddress(given, { environment, uid: 1000 });

test('nothing known: the usual port of this machine', () => {
  expect(addressIn({ VIRTBUS_STATE_DIR: folder })).toEqual({ urls: ['nats://127.0.0.1:4222'], origin: 'the default' });
});

test("the fleet on this machine is found by the file that it left, in root's or the user's folder", () => {
  writeFileSync(join(folder, 'nats.url'), 'nats://127.0.0.1:5222\n');
  expect(addressIn({ VIRTBUS_STATE_DIR: folder })).toMatchObject({ urls: ['nats://127.0.0.1:5222'] });
  mkdirSync(join(folder, 'virtbus'));
  writeFileSync(join(folder, 'virtbus/nats.url'), 'nats://127.0.0.1:6222\n');
  const origin = `left by 'virtbus up' in ${folder}/virtbus/nats.url`;
  expect(addressIn({ XDG_STATE_HOME: folder })).toEqual({ urls: ['nats://127.0.0.1:6222'], origin });
});

test('the environment outranks the file, and an argument both', () => {
  writeFileSync(join(folder, 'nats.url'), 'nats://127.0.0.1:5222');
  const environment = { VIRTBUS_STATE_DIR: folder, VIRTBUS_NATS_URL: 'nats://a:1, nats://b:2' };
  expect(addressIn(environment)).toEqual({ urls: ['nats://a:1', 'nats://b:2'], origin: 'from VIRTBUS_NATS_URL' });
  expect(addressIn(environment, 'nats://c:3')).toEqual({ urls: ['nats://c:3'], origin: 'given by --url' });
});
