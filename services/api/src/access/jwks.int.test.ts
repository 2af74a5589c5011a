/** Keys of an issuer, from a file and over HTTP. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { JwksSource, keysIn } from './jwks.js';

const key = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const [old, fresh] = [key(), key()];
const jwk = (kid: string, one: KeyObject, more: object = {}): object => ({ ...one.export({ format: 'jwk' }), kid, ...more });
const setOf = (...keys: object[]): string => JSON.stringify({ keys });

let now = 0;
let asked = 0;
let answer: (response: ServerResponse) => void;
let server: Server;
const directory = mkdtempSync(join(tmpdir(), 'vb-jwks-'));

beforeAll(async () => {
  server = createServer((_, response) => {
    asked += 1;
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => {
  [now, asked] = [0, 0];
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
const says = (text: string, status = 200, headers: Record<string, string> = {}): void => {
  answer = (response) => void response.writeHead(status, headers).end(text);
};
const found = async (source: JwksSource, kid: string): Promise<string[]> =>
  (await source.keysFor(kid)).map((one) => JSON.stringify(one.key.export({ format: 'jwk' })));
const shown = (one: KeyObject): string => JSON.stringify(one.export({ format: 'jwk' }));

describe('over HTTP', () => {
  test('keys are fetched once, and again for a token that names a new one: that is how issuers rotate', async () => {
    const source = new JwksSource(url(), () => now);
    says(setOf(jwk('a', old)));
    expect(await Promise.all([found(source, 'a'), found(source, 'a')])).toEqual([[shown(old)], [shown(old)]]);
    expect(asked).toBe(1);
    says(setOf(jwk('a', old), jwk('b', fresh)));
    now += 31_000;
    expect(await found(source, 'b')).toEqual([shown(fresh)]);
    expect([asked, await found(source, 'a')]).toEqual([2, [shown(old)]]);
  });

  test('who names keys that are not there makes nobody fetch twice in half a minute', async () => {
    const source = new JwksSource(url(), () => now);
    says(setOf(jwk('a', old)));
    await found(source, 'a');
    for (let at = 0; at < 50; at += 1) expect(await found(source, `guess-${at}`)).toEqual([]);
    expect(asked).toBe(1);
  });

  test('a key that the issuer has withdrawn is gone within ten minutes', async () => {
    const source = new JwksSource(url(), () => now);
    says(setOf(jwk('a', old)));
    await found(source, 'a');
    says(setOf(jwk('b', fresh)));
    now += 10 * 60_000 - 1;
    expect(await found(source, 'a')).toEqual([shown(old)]);
    now += 2;
    expect(await found(source, 'a')).toEqual([]);
  });

  test('while the issuer is away its last keys serve', async () => {
    const source = new JwksSource(url(), () => now);
    says(setOf(jwk('a', old)));
    await found(source, 'a');
    says('down', 503);
    now += 11 * 60_000;
    expect(await found(source, 'a')).toEqual([shown(old)]);
  });

  test.each<[string, () => void]>([
    ['a fault', () => says('no', 500)],
    ['another place', () => says('', 302, { location: 'http://127.0.0.1:1/' })],
    ['no JSON', () => says('<html>')],
    ['no key set', () => says('{}')],
    ['more than a key set has', () => says(setOf(jwk('a', old, { x: 'x'.repeat(300_000) })))],
    [
      'half an answer',
      () =>
        void (answer = (response) => {
          response.writeHead(200, { 'content-length': '99' });
          response.write('{', () => response.destroy());
        }),
    ],
  ])('%s instead of keys is an error', async (_, change) => {
    change();
    await expect(new JwksSource(url(), () => now).keysFor('a')).rejects.toThrow();
  });
});

describe('from a file', () => {
  const path = join(directory, 'jwks.json');
  test('they are read again when it has changed', async () => {
    const source = new JwksSource(path, () => now);
    writeFileSync(path, setOf(jwk('a', old)));
    expect(await found(source, 'a')).toEqual([shown(old)]);
    writeFileSync(path, setOf(jwk('b', fresh)));
    utimesSync(path, new Date(), new Date(Date.now() + 5_000));
    now += 1_001;
    expect(await found(source, 'b')).toEqual([shown(fresh)]);
    expect(await found(source, 'a')).toEqual([]);
  });

  test('a file that is gone, or half written, leaves the last ones', async () => {
    const source = new JwksSource(path, () => now);
    writeFileSync(path, setOf(jwk('a', old)));
    await found(source, 'a');
    writeFileSync(path, '{"keys":[');
    utimesSync(path, new Date(), new Date(Date.now() + 10_000));
    now += 11 * 60_000;
    expect(await found(source, 'a')).toEqual([shown(old)]);
    rmSync(path);
    now += 11 * 60_000;
    expect(await found(source, 'a')).toEqual([shown(old)]);
    await expect(new JwksSource(path, () => now).keysFor('a')).rejects.toThrow('ENOENT');
  });
});

test('keys that are for something else, of no known kind, or secret, are not used', () => {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  const keys = keysIn(
    setOf(jwk('enc', old, { use: 'enc' }), { kty: 'oct', k: 'AAAA', kid: 'hmac' }, { kty: 'moon', kid: 'm' }, { ...own, kid: 'p' }),
  );
  expect(keys.map(({ kid, key: one }) => [kid, one.type])).toEqual([['p', 'public']]);
});
