import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { credentialFrom } from './credential.js';

const directory = mkdtempSync(join(tmpdir(), 'credential-'));
const passwordFile = join(directory, 'password');
writeFileSync(passwordFile, 's3cret\n');
afterAll(() => rmSync(directory, { recursive: true }));

test.each<[string, Record<string, string>, object | undefined]>([
  ['nothing is said', {}, undefined],
  ['what is said is empty', { VIRTBUS_NATS_CREDS: '', VIRTBUS_NATS_USER: '' }, undefined],
  [
    'a user with the file of its password',
    { VIRTBUS_NATS_USER: 'api', VIRTBUS_NATS_PASSWORD_FILE: passwordFile },
    { user: 'api', password: 's3cret' },
  ],
  ['a file of NATS’s own', { VIRTBUS_NATS_CREDS: '/etc/api.creds' }, { credsFile: '/etc/api.creds' }],
])('when %s', (_, environment, credential) => expect(credentialFrom(environment)).toEqual(credential));

test.each<[string, Record<string, string>, string]>([
  ['a user without a password', { VIRTBUS_NATS_USER: 'api' }, 'belong together'],
  ['a password without a user', { VIRTBUS_NATS_PASSWORD_FILE: passwordFile }, 'belong together'],
  ['two credentials', { VIRTBUS_NATS_USER: 'api', VIRTBUS_NATS_CREDS: 'x' }, 'set one'],
  ['a file that is not there', { VIRTBUS_NATS_USER: 'api', VIRTBUS_NATS_PASSWORD_FILE: join(directory, 'none') }, 'ENOENT'],
])('%s is an error', (_, environment, words) => expect(() => credentialFrom(environment)).toThrow(words));
