import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { expect, test } from 'vitest';
import { remoteProcedures as remote } from '../tables/index.js';
import { testServer } from '../server/test-server.js';
import { plain } from './plain.js';
import { scramCredential, scramSha256 } from './scram.js';

const credential = scramCredential('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'), 4096);
const scram = scramSha256({
  find: (name) => (name === 'user' ? { credential } : undefined),
  newNonce: () => '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
  secret: Buffer.from('secret'),
});
const tokens = plain((name, password) => (password === 'token-1' ? { name: `token of ${name}`, details: 7 } : undefined));
const gate = () => testServer({ type: 'sasl', mechanisms: [tokens, scram] });

const start = (server: ReturnType<typeof gate>, mech: string, data: string) =>
  server.client.call(remote.auth_sasl_start, { mech, nil: 0, data: Buffer.from(data) });
const step = (server: ReturnType<typeof gate>, data: string) =>
  server.client.call(remote.auth_sasl_step, { nil: 0, data: Buffer.from(data) });

test('nothing but authentication is answered before it is over', async () => {
  const server = gate();
  expect(await server.client.call(remote.auth_list, {})).toEqual({ types: [1] });
  expect(await server.client.call(remote.auth_sasl_init, {})).toEqual({ mechlist: 'PLAIN,SCRAM-SHA-256' });
  await expect(server.client.call(remote.connect_get_hostname, {})).rejects.toMatchObject({
    code: 39,
    domain: 7,
    message: 'authentication required',
  });
});

test('PLAIN lets a token in', async () => {
  const server = gate();
  expect(await start(server, 'PLAIN', '\0ann\0token-1')).toMatchObject({ complete: 1 });
  expect(await server.client.call(remote.connect_get_hostname, {})).toEqual({ hostname: 'gate' });
  expect(server.sessions[0]?.client.identity).toEqual({ name: 'token of ann', by: 'sasl', details: 7 });
});

test.each([
  ['a wrong token', 'PLAIN', '\0ann\0token-2', 'name or password is wrong'],
  ['an empty token', 'PLAIN', '\0ann\0', 'malformed'],
  ['somebody who acts for another', 'PLAIN', 'root\0ann\0token-1', 'nobody acts for somebody else'],
  ['a mechanism that is not offered', 'GSSAPI', '', 'mechanism GSSAPI is not offered'],
  ['a first message of SCRAM that is none', 'SCRAM-SHA-256', 'p=tls-unique,,n=user,r=abc', 'malformed'],
])('%s is refused', async (_, mech, data, words) => {
  const server = gate();
  await expect(start(server, mech, data)).rejects.toMatchObject({
    code: 45,
    domain: 46,
    message: expect.stringContaining(words) as string,
  });
  await expect(server.client.call(remote.connect_get_hostname, {})).rejects.toMatchObject({ code: 39 });
});

test('after three refusals the connection ends', async () => {
  const server = gate();
  for (let attempt = 0; attempt < 3; attempt += 1) await start(server, 'PLAIN', '\0ann\0no').catch(() => undefined);
  await server.client.closed;
  expect(server.closed()).toBe(true);
});

// RFC 7677, section 3.
const FIRST = 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO';
const NONCE = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const LAST = `c=biws,r=${NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`;

test('SCRAM-SHA-256 goes as in the example of its RFC', async () => {
  const server = gate();
  const first = await start(server, 'SCRAM-SHA-256', FIRST);
  expect(Buffer.from(first.data).toString()).toBe(`r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`);
  const last = await step(server, LAST);
  expect([last.complete, Buffer.from(last.data).toString()]).toEqual([1, 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=']);
  expect(await server.client.call(remote.connect_get_hostname, {})).toEqual({ hostname: 'gate' });
});

test('a last message of SCRAM is good for one exchange', async () => {
  const other = testServer({
    type: 'sasl',
    mechanisms: [scramSha256({ find: () => ({ credential }), newNonce: () => 'another', secret: Buffer.from('secret') })],
  });
  await other.client.call(remote.auth_sasl_start, { mech: 'SCRAM-SHA-256', nil: 0, data: Buffer.from(FIRST) });
  await expect(step(other, LAST)).rejects.toMatchObject({ code: 45 });
});

test('a name that there is not is answered like one that there is, and refused at the end', async () => {
  const server = gate();
  const first = await start(server, 'SCRAM-SHA-256', 'n,,n=nobody,r=abc');
  const answer = Buffer.from(first.data).toString();
  expect(answer).toMatch(/^r=abc%hvY.*,s=[A-Za-z0-9+/=]{24},i=4096$/);
  // Whoever knows the salt can compute a proof for any password; there is no password that fits.
  const [, saltText = ''] = /s=([^,]+)/.exec(answer) ?? [];
  const salted = pbkdf2Sync('pencil', Buffer.from(saltText, 'base64'), 4096, 32, 'sha256');
  const key = createHmac('sha256', salted).update('Client Key').digest();
  const all = `n=nobody,r=abc,${answer},c=biws,r=${/r=([^,]+)/.exec(answer)?.[1]}`;
  const signature = createHmac('sha256', createHash('sha256').update(key).digest()).update(all).digest();
  const proof = Buffer.from(key.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64');
  await expect(step(server, `c=biws,r=${/r=([^,]+)/.exec(answer)?.[1]},p=${proof}`)).rejects.toMatchObject({
    message: 'authentication failed: name or password is wrong',
  });
});
