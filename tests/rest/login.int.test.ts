/** The command line and a gateway that is not on this machine: certificates, tokens, and gateways that come and go. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@virtbus/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectFleet } from '../../apps/virtbus/src/cli/connect-fleet.js';
import { FakeSurroundings } from '../../apps/virtbus/src/cli/fake/fake-surroundings.js';
import { runCommandLine } from '../../apps/virtbus/src/cli/run.js';
import { domainXml, RestFleet } from './rest-fleet.js';

const directory = mkdtempSync(join(tmpdir(), 'vb-login-'));
const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];

let fleet: RestFleet;
let shell: FakeSurroundings;
const file = (name: string): string => join(directory, name);

beforeAll(async () => {
  openssl(...request, '-subj', '/CN=gateway', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', 'key.pem', '-out', 'cert.pem');
  openssl(...request, '-subj', '/CN=stranger', '-keyout', 'other.pem', '-out', 'stranger.pem');
  writeFileSync(file('empty.pem'), '');
  fleet = await RestFleet.start({ cert: file('cert.pem'), key: file('key.pem') });
  await fleet.call('POST /v1/domains', { body: domainXml('web') });
});
afterAll(async () => {
  await fleet.stop();
  rmSync(directory, { recursive: true });
});
beforeEach(() => {
  shell = new FakeSurroundings();
  shell.environment['HOME'] = '/users/ann';
  for (const name of ['cert.pem', 'stranger.pem', 'empty.pem']) shell.files.set(name, readFileSync(file(name), 'utf8'));
});

async function run(...words: string[]): Promise<string> {
  Object.assign(shell, { written: '', complained: '' });
  const status = await runCommandLine(words, shell, connectFleet);
  return `${status} ${shell.written}${shell.complained}`;
}
const port = (): string => new URL(fleet.url).port;
/** Root's own way in makes it. */
const token = async (rights: object): Promise<void> => {
  const { json } = await fleet.call('POST /v1/tokens', { body: { name: 'ann', ...rights } });
  shell.files.set('token', `${String(json['token'])}\n`);
};

describe('login', () => {
  test('keeps address, token and authority, and the commands after it use them', async () => {
    await token({ role: 'viewer' });
    expect(await run('-q', 'login', fleet.url, '--token-file', 'token', '--ca-file', 'cert.pem')).toMatch(/^0 /);
    // As a path from the root it is kept: the next command may be given elsewhere.
    shell.files.set(join(process.cwd(), 'cert.pem'), shell.files.get('cert.pem')!);
    expect(await run('-q', 'list', '--all', '--name')).toBe('0 web\n');
    expect(await run('-q', 'destroy', 'web')).toMatch(/^1 .*operation forbidden: domain destroy needs the role operator/s);
    expect(shell.modes.get('/users/ann/.config/virtbus/contexts.json')).toBe(0o600);
  });

  test.each<[string, (words: string[]) => string[], string]>([
    ['a certificate of an authority that nobody has named', (words) => words.slice(0, -2), "VIRTBUS_CA_FILE, or 'virtbus login --ca-file'"],
    [
      'a certificate of another authority',
      (words) => [...words.slice(0, -1), 'stranger.pem'],
      "VIRTBUS_CA_FILE, or 'virtbus login --ca-file'",
    ],
    ['certificates that are none', (words) => [...words.slice(0, -1), 'empty.pem'], 'no gateway to talk to at'],
    ['certificates that are not there', (words) => [...words.slice(0, -1), 'none.pem'], 'the certificates in none.pem cannot be read'],
    [
      'another name than the certificate’s',
      (words) => ['login', `https://localhost:${port()}`, ...words.slice(2)],
      'no gateway to talk to at',
    ],
    ['HTTP in clear', (words) => ['login', `http://127.0.0.1:${port()}`, ...words.slice(2)], 'no gateway to talk to at'],
    ['nobody there', (words) => ['login', 'https://127.0.0.1:1', ...words.slice(2)], 'ECONNREFUSED'],
    ['no address', (words) => ['login', 'gateway', ...words.slice(2)], "'gateway' is no address of a gateway"],
    ['a token that is not there', (words) => [...words.slice(0, 3), 'none', ...words.slice(4)], 'the token in none cannot be read'],
    ['no token', (words) => ['login', words[1] ?? '', ...words.slice(4)], 'authentication failed: no credential was sent'],
  ])('with %s is refused, and keeps nothing', async (_, change, why) => {
    await token({ role: 'viewer' });
    const said = await run(...change(['login', fleet.url, '--token-file', 'token', '--ca-file', 'cert.pem']));
    expect(said).toMatch(/^1 /);
    expect(said).toContain(why);
    expect([...shell.files.keys()].filter((name) => name.includes('contexts'))).toEqual([]);
  });

  test.each<[string, object]>([
    ['that nobody has made', {}],
    ['that has expired', { expiresAt: '2026-01-01T00:00:00Z' }],
  ])('with a token %s is refused', async (_, more) => {
    await token({ role: 'viewer', ...more });
    if (Object.keys(more).length === 0) shell.files.set('token', `vbt_0123456789abcdef_${'a'.repeat(43)}`);
    const said = await run('login', fleet.url, '--token-file', 'token', '--ca-file', 'cert.pem');
    expect(said).toContain('authentication failed: the API token is unknown, revoked or expired');
  });
});

test('tokens are made, listed and revoked through a gateway, and are worth nothing afterwards', async () => {
  shell.environment['VIRTBUS_URL'] = `unix:${fleet.socket}`;
  const made = (await run('-q', 'token-create', 'ci', 'operator', '--projects', 'blue')).trim().slice(2);
  expect(made).toMatch(/^vbt_[0-9a-f]{16}_[\w-]{43}$/);
  const id = made.split('_')[1] ?? '';
  expect(await run('token-list')).toContain(id);
  expect(await run('token-list')).not.toContain(made);
  expect(await run('-q', 'token-revoke', id)).toMatch(/^0 /);
  Object.assign(shell.environment, { VIRTBUS_URL: fleet.url, VIRTBUS_TOKEN: made, VIRTBUS_CA_FILE: 'cert.pem' });
  await eventually(async () => (await run('list')).includes('authentication failed'));
});

test('of several gateways the next one is asked when one does not answer', async () => {
  const other = await fleet.another();
  const [second = ''] = other.rest;
  const { json } = await fleet.call('POST /v1/tokens', { body: { name: 'ann', role: 'operator' } });
  Object.assign(shell.environment, { VIRTBUS_URL: `http://127.0.0.1:1,${second},${fleet.url}`, VIRTBUS_TOKEN: String(json['token']) });
  shell.environment['VIRTBUS_CA_FILE'] = 'cert.pem';
  await eventually(async () => (await run('-q', 'list', '--all', '--name')) === '0 web\n');
  await other.close();
  expect(await run('-q', 'autostart', 'web')).toMatch(/^0 /);
  shell.environment['VIRTBUS_URL'] = `http://127.0.0.1:1,${second}`;
  expect(await run('list')).toContain(`no gateway to talk to at http://127.0.0.1:1, ${second} (from VIRTBUS_URL)`);
});
