import { describe, expect, test } from 'vitest';
import { issuerRules, judgeClaims, MAX_JWT_LENGTH, parseJwt, type JwtParts } from './jwt.js';

const given = { issuer: 'https://id.example', audience: 'virtbus', algorithms: ['ES256'] };
const rules = issuerRules(given);
const NOW = 1_795_000_000;
const good = {
  iss: 'https://id.example',
  aud: 'virtbus',
  sub: 'alice',
  exp: NOW + 60,
  virtbus_role: 'operator',
  virtbus_projects: ['blue'],
};
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (claims: object, header: object = { alg: 'ES256', kid: 'k' }): string => `${part(header)}.${part(claims)}.c2ln`;
const judged = (claims: object, with_ = rules) => judgeClaims(parseJwt(token(claims)) as JwtParts, with_, NOW);

describe('what is no token', () => {
  test.each<[string, string]>([
    ['nothing', ''],
    ['a word', 'hello'],
    ['two parts', `${part({ alg: 'ES256' })}.${part(good)}`],
    ['four parts', `${token(good)}.x`],
    ['an empty signature, as of alg none', `${part({ alg: 'none' })}.${part(good)}.`],
    ['a header that is no object', `${part([])}.${part(good)}.c2ln`],
    ['claims that are no JSON', `${part({ alg: 'ES256' })}.e30-.c2ln`],
    ['a header without an algorithm', token(good, {})],
    ['an extension that must be understood', token(good, { alg: 'ES256', crit: ['b64'] })],
    ['base64 with padding', `${token(good)}=`],
    ['more than is looked at', token({ ...good, x: 'x'.repeat(MAX_JWT_LENGTH) })],
  ])('%s', (_, text) => expect(parseJwt(text)).toBeUndefined());
});

test('a good token stands for its subject', () =>
  expect(judged(good)).toEqual({
    type: 'good',
    identity: { name: 'https://id.example alice', role: 'operator', projects: ['blue'], grants: [] },
    expiresAt: NOW + 60,
    id: undefined,
  }));

describe('claims that do not hold', () => {
  test.each<[string, object, string]>([
    ['another issuer', { iss: 'https://id.example/' }, 'another issuer'],
    ['another audience', { aud: 'other' }, 'another audience'],
    ['no audience', { aud: undefined }, 'another audience'],
    ['audiences without ours', { aud: ['a', 'b'] }, 'another audience'],
    ['expired, beyond the leeway', { exp: NOW - 30 }, 'expired'],
    ['no expiry', { exp: undefined }, 'never expires'],
    ['an expiry in words', { exp: '2100' }, 'never expires'],
    ['not yet valid', { nbf: NOW + 31 }, 'not valid yet'],
    ['a beginning in words', { nbf: 'now' }, 'not valid yet'],
    ['issued in the future', { iat: NOW + 31 }, 'issued in the future'],
    ['no subject', { sub: '' }, 'no subject'],
    ['no role', { virtbus_role: 'root' }, 'gives no role'],
    ['no project', { virtbus_projects: undefined }, 'names no project'],
    ['a project that is none', { virtbus_projects: ['blue', '../red'] }, 'names no project'],
  ])('%s', (_, change, why) => expect(judged({ ...good, ...change })).toEqual({ type: 'bad', why: expect.stringContaining(why) }));
});

describe('claims that hold', () => {
  test.each<[string, object, object]>([
    ['one audience of several', { aud: ['x', 'virtbus'] }, {}],
    ['just expired, within the leeway', { exp: NOW - 29 }, {}],
    ['just not yet valid, within the leeway', { nbf: NOW + 30 }, {}],
    ['all projects', { virtbus_projects: '*' }, { projects: 'all' }],
    ['the highest of several roles', { virtbus_role: ['viewer', 'administrator'] }, { role: 'administrator' }],
    ['grants that are known', { virtbus_grants: ['hostdev', 'moon'] }, { grants: ['hostdev'] }],
  ])('%s', (_, change, identity) => expect(judged({ ...good, ...change })).toMatchObject({ type: 'good', identity }));
});

test('roles may hang on groups, and then the roles’ own names mean nothing', () => {
  const grouped = issuerRules({ ...given, roleClaim: 'groups', roleValues: { operator: ['ops'] } });
  expect(judged({ ...good, groups: ['staff', 'ops'] }, grouped)).toMatchObject({ identity: { role: 'operator' } });
  expect(judged({ ...good, groups: ['administrator'] }, grouped)).toMatchObject({ type: 'bad' });
});

test('an issuer of tokens for one use must give them ids', () => {
  const once = issuerRules({ ...given, oneUse: true });
  expect(judged(good, once)).toMatchObject({ type: 'bad', why: expect.stringContaining('no id') });
  expect(judged({ ...good, jti: 'a' }, once)).toMatchObject({ type: 'good', id: 'a' });
});

describe('a configuration that is refused', () => {
  test.each<[string, object, string]>([
    ['no issuer', { issuer: '' }, '"issuer"'],
    ['no audience', { audience: undefined }, '"audience"'],
    ['no algorithm', { algorithms: [] }, '"algorithms"'],
    ['a symmetric algorithm', { algorithms: ['ES256', 'HS256'] }, '"algorithms"'],
    ['none at all', { algorithms: ['none'] }, '"algorithms"'],
    ['a role that is none', { roleValues: { root: ['x'] } }, '"roleValues"'],
    ['clocks that are hours apart', { leewaySeconds: 3600 }, '"leewaySeconds"'],
  ])('%s', (_, change, words) => expect(() => issuerRules({ ...given, ...change })).toThrow(words));
});
