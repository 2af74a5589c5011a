/** Peers that mean no good: what they get, and what the others notice of it. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { domainXml, RestFleet } from './rest-fleet.js';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = Math.floor(Date.now() / 1000);
const claims = { iss: 'https://id.example', aud: 'virtbus', sub: 'alice', exp: now + 300, virtbus_role: 'operator', virtbus_projects: '*' };
function jwt(change: object = {}, head: object = {}): string {
  const text = `${part({ alg: 'ES256', kid: 'k', ...head })}.${part({ ...claims, ...change })}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

let directory = '';
let fleet: RestFleet;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vbh-'));
  const jwks = join(directory, 'jwks.json');
  await writeFile(jwks, JSON.stringify({ keys: [{ ...ec.publicKey.export({ format: 'jwk' }), kid: 'k' }] }));
  const issuer = { issuer: 'https://id.example', audience: 'virtbus', algorithms: ['ES256'], jwks };
  const once = { ...issuer, issuer: 'https://once.example', oneUse: true };
  const file = join(directory, 'access.json');
  await writeFile(file, JSON.stringify({ issuers: [issuer, once] }));
  process.env['VIRTBUS_ACCESS_FILE'] = file;
  fleet = await RestFleet.start();
});
afterAll(async () => {
  delete process.env['VIRTBUS_ACCESS_FILE'];
  await fleet.stop();
  await rm(directory, { recursive: true });
});

describe('signed tokens', () => {
  const code = async (token: string): Promise<string> => {
    const { status, json } = await fleet.call('GET /v1/whoami', { token });
    return `${status} ${String(json['code'] ?? json['name'])}`;
  };

  test('a good one is taken', async () => expect(await code(jwt())).toBe('200 https://id.example alice'));
  test.each<[string, string]>([
    ['expired', jwt({ exp: now - 60 })],
    ['for another audience', jwt({ aud: 'other' })],
    ['not valid yet', jwt({ nbf: now + 300 })],
    ['of a stranger', jwt({ iss: 'https://evil.example' })],
    ['unsigned', `${part({ alg: 'none' })}.${part(claims)}.AA`],
    ['signed by a key that nobody knows', jwt({}, { kid: 'gone' })],
    ['signed as with a password', jwt({}, { alg: 'HS256' })],
    ['with another signature', `${jwt().split('.').slice(0, 2).join('.')}.${'A'.repeat(86)}`],
    ['too long', `${jwt()}${'A'.repeat(9_000)}`],
  ])('one that is %s is not', async (_, token) => expect(await code(token)).toBe('401 unauthenticated'));

  test('one for one use is taken once', async () => {
    const token = jwt({ iss: 'https://once.example', jti: 'a' });
    expect([await code(token), await code(token)]).toEqual(['200 https://once.example alice', '401 unauthenticated']);
  });
});

/** Bytes as they are, until the gateway hangs up. */
function raw(text: string, { keepSending }: { keepSending?: string } = {}): Promise<{ readonly answer: string; readonly sent: number }> {
  const { hostname, port } = new URL(fleet.url);
  return new Promise((resolve) => {
    let [answer, sent, timer]: [string, number, NodeJS.Timeout | undefined] = ['', 0, undefined];
    const socket: Socket = connect(Number(port), hostname, () => {
      socket.write(text);
      if (keepSending) timer = setInterval(() => socket.writable && socket.write(keepSending, () => (sent += keepSending.length)), 5);
    });
    socket.on('data', (bytes) => (answer += bytes.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ answer, sent });
    });
  });
}

const head = (line: string, ...lines: string[]): string => [line, 'host: x', ...lines, '', ''].join('\r\n');

describe('bodies', () => {
  test('that say they are too large are refused before they are sent', async () => {
    const token = await fleet.token({ role: 'operator' });
    const { answer } = await raw(
      head('POST /v1/domains HTTP/1.1', `authorization: Bearer ${token}`, 'content-type: application/xml', 'content-length: 999999999'),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('payload_too_large');
  });

  test('that do not say so are refused when they are', async () => {
    const token = await fleet.token({ role: 'operator' });
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const { answer, sent } = await raw(
      head('POST /v1/domains HTTP/1.1', `authorization: Bearer ${token}`, 'content-type: application/xml', 'transfer-encoding: chunked'),
      { keepSending: chunk },
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  test('of nobody are not read at all', async () => {
    const { answer } = await raw(head('POST /v1/domains HTTP/1.1', 'content-type: application/xml', 'content-length: 999999999'));
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  test('XML over a MiB is refused', async () => {
    const { status, json } = await fleet.call('POST /v1/domains', {
      body: domainXml('x').replace('<os>', `<description>${'x'.repeat(1024 * 1024)}</description><os>`),
    });
    expect([status, json['code']]).toEqual([413, 'payload_too_large']);
  });
});

test('whoever is slow with its head is let go, and nobody waits for it', async () => {
  const slow = Array.from({ length: 200 }, () => raw('GET /v1/hosts HTTP/1.1\r\nhost: x\r\nx-a: b'));
  expect((await fleet.call('GET /v1/hosts')).status).toBe(200);
  const answers = await Promise.all(slow);
  expect(answers.every(({ answer }) => answer === '' || answer.startsWith('HTTP/1.1 4'))).toBe(true);
}, 40_000);

test.each<[string, string]>([
  ['no HTTP at all', '\u0016\u0003\u0001\u0000'.repeat(50)],
  ['a head without an end', `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(10_000)}`],
  ['two lengths', 'POST /v1/domains HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello'],
  ['a length and chunks', 'POST /v1/domains HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nhello'],
  [
    'a WebSocket to nowhere',
    head(
      'GET /v1/console?ticket=x HTTP/1.1',
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-key: x',
      'sec-websocket-version: 13',
    ),
  ],
])('%s is answered by hanging up', async (_, text) => {
  await raw(text);
  expect((await fleet.call('GET /v1/hosts')).status).toBe(200);
});

test('whoever guesses tokens is slowed down, and a good one still counts', async () => {
  const good = await fleet.token({ role: 'viewer', name: 'patient' });
  // Far over what is allowed in the time that this takes on any machine: one a second after the first twenty.
  const answers = await Promise.all(Array.from({ length: 80 }, (_, at) => fleet.call('GET /v1/whoami', { token: `${good}${at}` })));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers['retry-after']).toBe('1');
  expect((await fleet.call('GET /v1/whoami', { token: good })).status).toBe(200);
}, 40_000);
