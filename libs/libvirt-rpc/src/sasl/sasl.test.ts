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
  ['channel binding', 'SCRAM-SHA-256', 'p=tls-unique,,n=user,r=abc', 'channel binding is not offered'],
  ['a first message of SCRAM that is none', 'SCRAM-SHA-256', 'hello', 'malformed'],
  ['an unknown flag of channel binding', 'SCRAM-SHA-256', 'x,,n=user,r=abc', 'malformed'],
  ['an extension that must be understood', 'SCRAM-SHA-256', 'n,,m=new,n=user,r=abc', 'malformed'],
  ['no name', 'SCRAM-SHA-256', 'n,,n=,r=abc', 'malformed'],
  ['a name with a lone =', 'SCRAM-SHA-256', 'n,,n=us=er,r=abc', 'malformed'],
  ['no nonce', 'SCRAM-SHA-256', 'n,,n=user,r=', 'malformed'],
  ['a nonce with a blank', 'SCRAM-SHA-256', 'n,,n=user,r=a b', 'malformed'],
  ['a user of SCRAM who acts for another', 'SCRAM-SHA-256', 'n,a=root,n=user,r=abc', 'nobody acts for somebody else'],
  ['a first message of SCRAM without an end', 'SCRAM-SHA-256', `n,,n=user,r=${'a'.repeat(4096)}`, 'too long'],
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

/** From the beginning again: the answer to the first message, then what the last one is. */
async function lastOf(server: ReturnType<typeof gate>, last: (nonce: string, signed: string) => string) {
  const { data } = await start(server, 'SCRAM-SHA-256', FIRST);
  const answer = Buffer.from(data).toString();
  return step(server, last(/r=([^,]+)/.exec(answer)?.[1] ?? '', `n=user,r=rOprNGfwEbeRWgbNEkqO,${answer}`));
}

function proofOf(password: string, signed: string): string {
  const salted = pbkdf2Sync(password, credential.salt, 4096, 32, 'sha256');
  const key = createHmac('sha256', salted).update('Client Key').digest();
  const signature = createHmac('sha256', createHash('sha256').update(key).digest()).update(signed).digest();
  return Buffer.from(key.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64');
}

const whole = (header: string, nonce: string, signed: string, password = 'pencil'): string => {
  const bare = `c=${Buffer.from(header).toString('base64')},r=${nonce}`;
  return `${bare},p=${proofOf(password, `${signed},${bare}`)}`;
};

test.each<[string, (nonce: string, signed: string) => string, string]>([
  ['another password', (nonce, signed) => whole('n,,', nonce, signed, 'pen'), 'name or password is wrong'],
  ['the nonce of another exchange', (_, signed) => whole('n,,', 'rOprNGfwEbeRWgbNEkqOanother', signed), 'malformed'],
  ['another flag than at first', (nonce, signed) => whole('y,,', nonce, signed), 'malformed'],
  ['a channel that is bound after all', (nonce, signed) => whole('p=tls-unique,,', nonce, signed), 'malformed'],
  ['no proof', (nonce) => `c=biws,r=${nonce}`, 'malformed'],
  ['a proof that is too short', (nonce) => `c=biws,r=${nonce},p=AAAA`, 'malformed'],
  ['a proof of nothing', (nonce) => `c=biws,r=${nonce},p=${'A'.repeat(43)}=`, 'name or password is wrong'],
  ['nothing at all', () => '', 'malformed'],
  ['more than there may be', () => 'x'.repeat(4_097), 'too long'],
])('a last message of SCRAM with %s is refused, and the exchange is over', async (_, last, words) => {
  const server = gate();
  await expect(lastOf(server, last)).rejects.toMatchObject({ code: 45, message: expect.stringContaining(words) as string });
  await expect(step(server, LAST)).rejects.toMatchObject({ message: expect.stringContaining('no exchange was begun') as string });
  await expect(lastOf(server, (nonce, signed) => whole('n,,', nonce, signed))).resolves.toMatchObject({ complete: 1 });
});

test('a client that could bind the channel and takes it that nobody offers to is let in', async () => {
  const server = gate();
  const { data } = await start(server, 'SCRAM-SHA-256', 'y,,n=user,r=abc,x=ignored');
  const answer = Buffer.from(data).toString();
  const nonce = /r=([^,]+)/.exec(answer)?.[1] ?? '';
  expect(await step(server, whole('y,,', nonce, `n=user,r=abc,x=ignored,${answer}`))).toMatchObject({ complete: 1 });
});

test('what is no text is refused', async () => {
  const server = gate();
  const call = server.client.call(remote.auth_sasl_start, { mech: 'SCRAM-SHA-256', nil: 0, data: Buffer.from([0x6e, 0x2c, 0xff]) });
  await expect(call).rejects.toMatchObject({ message: expect.stringContaining('not UTF-8') as string });
});

test('a name is read as it was meant', async () => {
  const asked: string[] = [];
  const find = (name: string) => void asked.push(name);
  const server = testServer({ type: 'sasl', mechanisms: [scramSha256({ find, newNonce: () => 'n', secret: Buffer.from('s') })] });
  await start(server, 'SCRAM-SHA-256', 'n,,n=a=2Cb=3D2C,r=abc');
  expect(asked).toEqual(['a,b=2C']);
});

test('the salt of a name that there is not is the same each time, another for another name', async () => {
  const saltFor = async (name: string) => {
    const { data } = await start(gate(), 'SCRAM-SHA-256', `n,,n=${name},r=abc`);
    return /s=([^,]+)/.exec(Buffer.from(data).toString())?.[1];
  };
  const [first, again, other] = [await saltFor('nobody'), await saltFor('nobody'), await saltFor('noone')];
  expect([again === first, other === first]).toEqual([true, false]);
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
