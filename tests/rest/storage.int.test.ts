/** Storage pools and volumes over REST; what a host does for them has its own test. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostId, RestFleet } from './rest-fleet.js';

let fleet: RestFleet;
const uuid = randomUUID();
const tokens: Record<string, string> = {};
const poolXml = (name: string, more = ''): string =>
  `<pool type='dir'><name>${name}</name>${more}<target><path>/srv/${name}</path></target><virtbus:placement xmlns:virtbus='urn:virtbus:pool:1' host='${hostId}'/></pool>`;
const volumeXml = (name: string): string => `<volume><name>${name}</name><capacity>1024</capacity></volume>`;

beforeAll(async () => {
  fleet = await RestFleet.start();
  tokens['viewer'] = await fleet.token({ role: 'viewer' });
  tokens['blue'] = await fleet.token({ role: 'operator', projects: ['blue'] });
  tokens['chief'] = await fleet.token({ role: 'administrator', projects: ['blue'] });
  tokens['red'] = await fleet.token({ role: 'operator', projects: ['red'] });
  await fleet.call('POST /v1/pools?project=blue', { body: poolXml('images', `<uuid>${uuid}</uuid>`) });
  await fleet.call('POST /v1/pools/images/start');
});
afterAll(() => fleet.stop());

describe('who may not', () => {
  test.each<[string | undefined, string, string | object | undefined, number, string]>([
    ['viewer', 'POST /v1/pools', poolXml('other'), 403, 'forbidden'],
    ['blue', 'POST /v1/pools', poolXml('other'), 403, 'forbidden'],
    ['blue', 'DELETE /v1/pools/images', undefined, 403, 'forbidden'],
    ['chief', 'POST /v1/pools', poolXml('elsewhere'), 403, 'forbidden'],
    ['viewer', 'POST /v1/pools/images/volumes', volumeXml('a'), 403, 'forbidden'],
    ['red', 'GET /v1/pools/images', undefined, 404, 'no_pool'],
    ['red', 'GET /v1/pools/images/volumes', undefined, 404, 'no_pool'],
    ['red', 'POST /v1/pools/images/volumes', volumeXml('a'), 404, 'no_pool'],
    [undefined, 'GET /v1/pools/none', undefined, 404, 'no_pool'],
    [undefined, 'GET /v1/pools/images/volumes/none', undefined, 404, 'no_volume'],
    [undefined, 'POST /v1/pools', "<pool type='dir'><name>x</name></pool>", 400, 'xml_error'],
    [undefined, 'POST /v1/pools', { name: 'x' }, 400, 'payload_invalid'],
  ])('%s: %s', async (who, line, body, status, code) => {
    const wish = { token: who === undefined ? undefined : tokens[who], ...(body === undefined ? {} : { body }) };
    const answer = await fleet.call(line, wish);
    expect([answer.status, answer.json['code']]).toEqual([status, code]);
  });

  test('a volume of a pool that the caller does not see is not copied into one that it has', async () => {
    await fleet.call('POST /v1/pools?project=red', { body: poolXml('theirs') });
    const body = { xml: volumeXml('copy'), from: { pool: 'images', volume: 'a' } };
    const answer = await fleet.call('POST /v1/pools/theirs/volumes', { token: tokens['red'], body });
    expect([answer.status, answer.json['code']]).toEqual([404, 'no_pool']);
    // One of the fleet's own may be seen, and its volumes listed.
    await fleet.call('POST /v1/pools', { body: poolXml('fleets') });
    expect((await fleet.call('GET /v1/pools/fleets', { token: tokens['red'] })).status).toBe(200);
    const own = await fleet.call('POST /v1/pools/theirs/volumes', {
      token: tokens['red'],
      body: { ...body, from: { pool: 'fleets', volume: 'a' } },
    });
    expect([own.status, own.json['code']]).toEqual([403, 'forbidden']);
    await fleet.call('DELETE /v1/pools/fleets');
    await fleet.call('DELETE /v1/pools/theirs');
  });
});

test('a pool is one thing as JSON and as XML, with the room that its host has', async () => {
  const { json, headers } = await fleet.call('GET /v1/pools/images', { token: tokens['blue'] });
  expect(json).toMatchObject({ uuid, name: 'images', active: true, persistent: true, project: 'blue', hostId, capacity: 270_553_174_016 });
  const again = await fleet.call(`GET /v1/pools/${uuid}`, { headers: { 'if-none-match': String(headers['etag']) } });
  expect(again.status).toBe(304);
  const { text } = await fleet.call('GET /v1/pools/images', { headers: { accept: 'application/xml' } });
  expect(text).toContain("<capacity unit='bytes'>270553174016</capacity>");
  expect((await fleet.call('GET /v1/pools?fields=name&active=true')).json).toEqual({ pools: [{ name: 'images' }] });
  expect((await fleet.call('GET /v1/pools?active=false')).json).toEqual({ pools: [] });
});

test('a volume comes, is listed at once, and goes', async () => {
  const made = await fleet.call('POST /v1/pools/images/volumes', { token: tokens['blue'], body: volumeXml('disk one') });
  expect([made.status, made.headers['location']]).toEqual([201, `/v1/pools/${uuid}/volumes/disk%20one`]);
  expect((await fleet.call('GET /v1/pools/images/volumes?fields=name,capacity')).json).toEqual({
    volumes: [{ name: 'disk one', capacity: 8_388_608 }],
  });
  expect((await fleet.call('GET /v1/pools/images/volumes/disk%20one', { headers: { accept: 'application/xml' } })).text).toContain(
    'disk one',
  );
  expect((await fleet.call('DELETE /v1/pools/images/volumes/disk%20one', { token: tokens['blue'] })).status).toBe(200);
  expect((await fleet.call('GET /v1/pools/images/volumes/disk%20one')).status).toBe(404);
});

describe('what a volume holds', () => {
  const at = '/v1/pools/images/volumes/bytes/content';
  const headers = { 'content-type': 'application/octet-stream' };
  const part = 'abcdefghij'.repeat(150_000);
  beforeAll(() => fleet.call('POST /v1/pools/images/volumes', { body: volumeXml('bytes') }));

  test('is written in parts and read whole, or in part', async () => {
    for (const offset of [part.length, 0, part.length]) {
      const { status, json } = await fleet.call(`PUT ${at}?offset=${offset}`, { token: tokens['blue'], body: part, headers });
      expect([status, json]).toEqual([200, { pool: uuid, name: 'bytes', hostId }]);
    }
    const read = await fleet.call(`GET ${at}`, { token: tokens['blue'] });
    expect([read.status, read.headers['content-type'], read.text === part + part]).toEqual([200, 'application/octet-stream', true]);
    expect((await fleet.call(`GET ${at}?offset=3&length=5`)).text).toBe('defgh');
    expect((await fleet.call(`GET ${at}?offset=99999999`)).text).toBe('');
  });

  test.each<[string | undefined, string, number, string]>([
    ['viewer', `GET ${at}`, 403, 'forbidden'],
    ['viewer', `PUT ${at}`, 403, 'forbidden'],
    ['red', `GET ${at}`, 404, 'no_pool'],
    ['red', `PUT ${at}`, 404, 'no_pool'],
    [undefined, 'GET /v1/pools/images/volumes/none/content', 404, 'no_volume'],
    [undefined, 'PUT /v1/pools/images/volumes/none/content', 404, 'no_volume'],
    [undefined, `GET ${at}?offset=-1`, 400, 'payload_invalid'],
  ])('%s: %s', async (who, line, status, code) => {
    const body = line.startsWith('PUT') ? { body: 'x', headers } : {};
    const answer = await fleet.call(line, { token: who === undefined ? undefined : tokens[who], ...body });
    expect([answer.status, answer.json['code']]).toEqual([status, code]);
  });

  test('is bytes, and said to be', async () => {
    expect((await fleet.call(`PUT ${at}`, { body: 'x', headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  });
});

test('a pool stops, is forgotten, and its name is free', async () => {
  expect((await fleet.call('PUT /v1/pools/images/autostart', { body: { autostart: true } })).status).toBe(200);
  expect((await fleet.call('DELETE /v1/pools/images')).json['code']).toBe('operation_invalid');
  expect((await fleet.call('POST /v1/pools/images/destroy')).status).toBe(200);
  expect((await fleet.call('GET /v1/pools/images')).json).toMatchObject({ active: false, autostart: true });
  expect((await fleet.call('DELETE /v1/pools/images')).status).toBe(200);
  expect((await fleet.call('GET /v1/pools/images')).status).toBe(404);
});
