import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal, type TokenRecord } from '@virtbus/contracts';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { Authenticator } from './authenticator.js';
import { accessSettings } from './configuration.js';
import { formatApiToken } from './core/api-token.js';
import { RateLimits } from './rate-limits.js';
import { hashOf } from './tokens.js';

const NOW = Date.parse('2026-11-21T10:00:00Z');
const seconds = NOW / 1000;
const directory = mkdtempSync(join(tmpdir(), 'vb-jwks-'));
afterAll(() => rmSync(directory, { recursive: true }));

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ed = generateKeyPairSync('ed25519');
const jwk = (kid: string, key: KeyObject, more: object = {}) => ({ ...key.export({ format: 'jwk' }), kid, ...more });
const jwks = join(directory, 'jwks.json');
const publish = (...keys: object[]): void => writeFileSync(jwks, JSON.stringify({ keys }));

const issuer = { issuer: 'https://id.example', audience: 'virtbus', algorithms: ['ES256', 'RS256', 'PS256', 'EdDSA'], jwks };
const claims = {
  iss: 'https://id.example',
  aud: 'virtbus',
  sub: 'alice',
  exp: seconds + 60,
  virtbus_role: 'operator',
  virtbus_projects: '*',
};
const part = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

const signers = {
  ES256: (text: string) => sign('sha256', Buffer.from(text), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
  RS256: (text: string) => sign('sha256', Buffer.from(text), rsa.privateKey),
  PS256: (text: string) => sign('sha256', Buffer.from(text), { key: rsa.privateKey, padding: 6, saltLength: 32 }),
  EdDSA: (text: string) => sign(null, Buffer.from(text), ed.privateKey),
  weak: (text: string) => sign('sha256', Buffer.from(text), weak.privateKey),
} as const;

function signed(change: object = {}, header: object = { alg: 'ES256', kid: 'ec' }, signer: keyof typeof signers = 'ES256'): string {
  const text = `${part(header)}.${part({ ...claims, ...change })}`;
  return `${text}.${signers[signer](text).toString('base64url')}`;
}

const secret = 'a'.repeat(43);
const id = '5f2c9a7b1e3d4c60';
const record: TokenRecord = { id, name: 'ci', role: 'operator', projects: ['blue'], hash: hashOf(secret), createdAt: '' };
let now = NOW;
let tokens: Map<string, TokenRecord>;
let monotonic = 0;
const authenticator = (settings: object = {}): Authenticator =>
  new Authenticator({
    tokens: {
      get: (key) => (tokens.has(key.id) ? { value: tokens.get(key.id)! } : undefined),
      named: (name) => [...tokens.values()].filter((one) => one.name === name),
    },
    issuers: accessSettings({ issuers: [{ ...issuer, ...settings }] }).issuers,
    limits: new RateLimits(() => monotonic),
    now: () => now,
  });
const words = async (text: string, by = authenticator()): Promise<string> =>
  by.identify({ type: 'bearer', text }, '192.0.2.1').then(
    ({ name, role }) => `${name} (${role})`,
    (thrown: unknown) => (thrown instanceof Refusal ? `${thrown.code}: ${thrown.message}` : String(thrown)),
  );

beforeEach(() => {
  [now, monotonic, tokens] = [NOW, 0, new Map([[id, record]])];
  publish(jwk('ec', ec.publicKey, { alg: 'ES256' }), jwk('rsa', rsa.publicKey), jwk('weak', weak.publicKey), jwk('ed', ed.publicKey));
});

describe('API tokens', () => {
  const text = formatApiToken({ id, secret });
  test('a good one', async () => expect(await words(text)).toBe(`token:${id} ci (operator)`));
  test.each<[string, () => string, string]>([
    ['with another secret', () => formatApiToken({ id, secret: 'b'.repeat(43) }), 'unknown, revoked or expired'],
    ['with another id', () => formatApiToken({ id: '0'.repeat(16), secret }), 'unknown, revoked or expired'],
    ['cut short', () => text.slice(0, -1), 'unknown, revoked or expired'],
    ['that is a hash', () => formatApiToken({ id, secret: record.hash }), 'unknown, revoked or expired'],
    ['revoked', () => (tokens.delete(id), text), 'unknown, revoked or expired'],
    ['expired', () => (tokens.set(id, { ...record, expiresAt: '2026-11-21T10:00:00Z' }), text), 'unknown, revoked or expired'],
    ['with an end that cannot be read', () => (tokens.set(id, { ...record, expiresAt: 'never' }), text), 'unknown, revoked or expired'],
    ['of nobody', () => '', 'neither an API token nor a signed token'],
  ])('one %s', async (_, make, expected) => {
    const answer = await words(make());
    expect(answer).toMatch(/^unauthenticated: authentication failed: /);
    expect(answer).toContain(expected);
  });
});

describe('who claims to know the secret of a token', () => {
  const keys = { salt: 's', iterations: 4096, storedKey: 'k', serverKey: 'v' };
  const other = { ...record, id: '1'.repeat(16), scram: keys };
  beforeEach(() => void tokens.set(id, { ...record, scram: keys }));

  test.each<[string, string, () => unknown, string | undefined]>([
    ['by its id', id, () => undefined, `token:${id} ci`],
    ['by its name', 'ci', () => undefined, `token:${id} ci`],
    ['by a name that two have', 'ci', () => tokens.set(other.id, other), undefined],
    ['by its id, beside another of its name', id, () => tokens.set(other.id, other), `token:${id} ci`],
    ['by a name that none has', 'nobody', () => undefined, undefined],
    ['by the id of none', '0'.repeat(16), () => undefined, undefined],
    ['of one that has ended', id, () => tokens.set(id, { ...record, scram: keys, expiresAt: '2026-11-21T10:00:00Z' }), undefined],
    ['of one that has no keys', id, () => tokens.set(id, record), undefined],
    [
      'by a name that looks like an id',
      '2'.repeat(16),
      () => tokens.set(id, { ...record, scram: keys, name: '2'.repeat(16) }),
      `token:${id} ${'2'.repeat(16)}`,
    ],
  ])('%s', (_, name, change, expected) => {
    change();
    const found = authenticator().provable(name);
    expect(found?.identity.name).toBe(expected);
    if (found) expect(found.keys).toBe(keys);
  });
});

test('proofs that do not hold are counted like tokens that are none, by where they come from', () => {
  const by = authenticator();
  const codes = Array.from({ length: 21 }, () => by.notProved('192.0.2.1').code);
  expect([codes[0], codes[19], codes[20], by.notProved('192.0.2.2').code]).toEqual([
    ...['unauthenticated', 'unauthenticated', 'rate_limited', 'unauthenticated'],
  ]);
});

describe('signed tokens', () => {
  test.each<[keyof typeof signers, string]>([
    ['ES256', 'ec'],
    ['RS256', 'rsa'],
    ['PS256', 'rsa'],
    ['EdDSA', 'ed'],
  ])('%s', async (alg, kid) => expect(await words(signed({}, { alg, kid }, alg))).toBe('https://id.example alice (operator)'));

  const good = signed();
  const [head = '', body = '', signature = ''] = good.split('.');
  test.each<[string, string, string]>([
    ['expired', signed({ exp: seconds - 60 }), 'it has expired'],
    ['for another audience', signed({ aud: 'else' }), 'another audience'],
    ['of a stranger', signed({ iss: 'https://evil.example' }), 'nobody whom this gateway trusts'],
    ['not valid yet', signed({ nbf: seconds + 60 }), 'not valid yet'],
    ['with other claims', `${head}.${part({ ...claims, virtbus_role: 'administrator' })}.${signature}`, 'signature does not hold'],
    ['with another signature', `${head}.${body}.${part('x'.repeat(64))}`, 'signature does not hold'],
    ['without a signature, alg none', `${part({ alg: 'none' })}.${body}.AA`, 'in a way that its issuer does not use'],
    ['with a public key as the secret of an HMAC', signed({}, { alg: 'HS256', kid: 'rsa' }), 'in a way that its issuer does not use'],
    ['by a key of another kind', signed({}, { alg: 'RS256', kid: 'ec' }), 'signature does not hold'],
    ['by a key that is too short', signed({}, { alg: 'RS256', kid: 'weak' }, 'weak'), 'signature does not hold'],
    ['by a key that nobody knows', signed({}, { alg: 'ES256', kid: 'gone' }), 'signature does not hold'],
  ])('%s are refused', async (_, text, expected) => {
    const answer = await words(text);
    expect(answer).toMatch(/^unauthenticated: /);
    expect(answer).toContain(expected);
  });

  test('an algorithm that the issuer may not use is refused, although its key is known', async () =>
    expect(await words(good, authenticator({ algorithms: ['RS256'] }))).toContain('in a way that its issuer does not use'));

  test('a second use is refused where tokens are for one', async () => {
    const once = authenticator({ oneUse: true });
    const text = signed({ jti: 'a' });
    expect(await words(text, once)).toContain('alice');
    expect(await words(text, once)).toContain('used before');
    expect(await words(signed({ jti: 'b' }), once)).toContain('alice');
  });

  test('keys that cannot be read are no fault of the caller', async () =>
    expect(await words(good, authenticator({ jwks: join(directory, 'none') }))).toMatch(/^service_unreachable: /));
});

test('whoever guesses is slowed down, and others are not', async () => {
  const by = authenticator();
  const answers: string[] = [];
  for (let at = 0; at < 25; at += 1) answers.push((await words('guess', by)).split(':')[0]!);
  expect([answers[0], answers.at(-1)]).toEqual(['unauthenticated', 'rate_limited']);
  expect(await words(formatApiToken({ id, secret }), by)).toBe(`token:${id} ci (operator)`);
});

test('nobody at all', async () =>
  await expect(authenticator().identify({ type: 'none' })).rejects.toMatchObject({ code: 'unauthenticated', libvirt: 45 }));

test('the local socket is root', async () =>
  expect(await authenticator().identify({ type: 'local' })).toMatchObject({ role: 'administrator' }));

describe('an access file', () => {
  test.each<[string, unknown, string]>([
    ['no object', [], 'JSON object'],
    ['a word that is not known', { issuer: [] }, '"issuer"'],
    ['keys over plain http', { issuers: [{ ...issuer, jwks: 'http://id.example/keys' }] }, 'https'],
    ['no keys', { issuers: [{ ...issuer, jwks: '' }] }, '"jwks"'],
    ['limits of nobody', { limits: { root: {} } }, '"limits.root" is no role'],
    ['a limit that is not known', { limits: { viewer: { colour: 1 } } }, '"limits.viewer.colour"'],
    ['a limit of nothing', { limits: { viewer: { calls: { perSecond: 0, burst: 1 } } } }, '"limits.viewer.calls.perSecond"'],
    ['a limit without a burst', { limits: { viewer: { writes: { perSecond: 1 } } } }, '"limits.viewer.writes.burst"'],
    ['half a byte', { limits: { operator: { bodyBytes: 0.5 } } }, '"limits.operator.bodyBytes"'],
    ['a root that is relative', { imageRoots: ['images'] }, '"imageRoots"'],
  ])('%s', (_, given, expected) => expect(() => accessSettings(given)).toThrow(expected));
});
