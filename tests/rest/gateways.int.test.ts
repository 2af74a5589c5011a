/** Two gateways of one fleet: what one has begun, another goes on with. */
import { randomUUID } from 'node:crypto';
import { request, type IncomingMessage } from 'node:http';
import type { RunningApi } from '@virtbus/api';
import { eventually } from '@virtbus/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { connectRest } from '../../apps/virtbus/src/cli/rest-fleet.js';
import { domainXml, hostId, RestFleet, slow } from './rest-fleet.js';

let fleet: RestFleet;
let token = '';
let other: RunningApi;
const url = (): string => other.rest[0] ?? '';

beforeAll(async () => {
  fleet = await RestFleet.start();
  token = await fleet.token({ role: 'operator' });
});
afterAll(() => fleet.stop());
beforeEach(async () => {
  other = await fleet.another();
});
afterEach(() => other.close().catch(() => undefined));

/** A call to the second gateway. */
function called(path: string, { method = 'GET', headers = {}, body = '' } = {}): Promise<IncomingMessage> {
  const type = body === '' ? {} : { 'content-type': 'application/xml' };
  return new Promise((resolve, reject) => {
    const sent = request(`${url()}${path}`, { method, headers: { authorization: `Bearer ${token}`, ...type, ...headers } }, resolve);
    sent.once('error', reject).end(body);
  });
}
async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) text += part;
  return text;
}
/** Reads an event stream until it has said this. */
async function until(response: IncomingMessage, words: string): Promise<string> {
  let text = '';
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) {
    text += part;
    if (text.includes(words)) break;
  }
  response.destroy();
  return text;
}

test('events go on at another gateway, after the last one that was heard, each once', async () => {
  const stream = await called('/v1/events?kinds=domain');
  const hearing = until(stream, '"name":"first"');
  await fleet.call('POST /v1/domains', { body: domainXml('first') });
  const last = [...(await hearing).matchAll(/^id: (\d+)$/gm)].at(-1)?.[1] ?? '';
  await other.close();
  await fleet.call('POST /v1/domains', { body: domainXml('meanwhile') });
  other = await fleet.another();
  await fleet.call('POST /v1/domains', { body: domainXml('then') });
  const rest = await until(await called('/v1/events?kinds=domain', { headers: { 'last-event-id': last } }), '"name":"then"');
  expect([...rest.matchAll(/"name":"(\w+)"/g)].map(([, name]) => name)).toEqual(['meanwhile', 'then']);
});

test('a watcher of the command line goes on at the next gateway', async () => {
  const watching = await connectRest({ urls: [url(), fleet.url], token, origin: 'given' });
  const heard: string[] = [];
  await watching.watch(({ name, what }) => heard.push(`${name} ${what}`));
  await fleet.call('POST /v1/domains', { body: domainXml('seen') });
  await eventually(() => heard.includes('seen defined'));
  await other.close();
  await fleet.call('DELETE /v1/domains/seen');
  await eventually(() => heard.includes('seen undefined'));
  expect(heard).toEqual(['seen defined', 'seen undefined']);
  await watching.close();
});

test('an operation that one has begun, another knows, and the key makes it one at both', async () => {
  await fleet.call('POST /v1/domains', { body: domainXml('slow') });
  slow.start = true;
  try {
    const key = { 'idempotency-key': randomUUID(), prefer: 'respond-async' };
    const begun = await called('/v1/domains/slow/start', { method: 'POST', headers: key });
    const { id } = JSON.parse(await textOf(begun)) as { id: string };
    expect(begun.statusCode).toBe(202);
    await other.close();
    const again = await fleet.call('POST /v1/domains/slow/start', { token, headers: { ...key, prefer: 'wait=10' } });
    expect([again.status, again.headers['virtbus-operation']]).toEqual([200, id]);
    expect((await fleet.call(`GET /v1/operations/${id}`, { token })).json).toMatchObject({ status: 'succeeded' });
  } finally {
    slow.start = false;
  }
});

test('a change through one is there through the other at once', async () => {
  for (let at = 0; at < 10; at += 1) {
    const made = JSON.parse(await textOf(await called('/v1/domains', { method: 'POST', body: domainXml(`at-once-${at}`) }))) as {
      uuid: string;
    };
    expect((await fleet.call(`GET /v1/domains/at-once-${at}`)).json['uuid']).toBe(made.uuid);
  }
});

test('a ticket is good at the gateway that gave it, and at no other', async () => {
  const { json } = await fleet.call('POST /v1/domains', { body: domainXml('ticket') });
  await fleet.run(String(json['uuid']), 'ticket');
  await eventually(async () => (await fleet.call('GET /v1/domains/ticket')).json['state'] === 'running');
  const { path } = (await fleet.call('POST /v1/domains/ticket/console', { token, body: {} })).json;
  const upgrade = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  expect((await called(String(path), { headers: upgrade })).statusCode).toBe(401);
});

test('an upload whose only gateway is gone ends with an error that says so, and the other takes one at once', async () => {
  const place = `<virtbus:placement xmlns:virtbus='urn:virtbus:pool:1' host='${hostId}'/>`;
  const xml = `<pool type='dir'><name>images</name><target><path>/srv/images</path></target>${place}</pool>`;
  await fleet.call('POST /v1/pools', { body: xml });
  expect((await fleet.call('POST /v1/pools/images/start')).status).toBe(200);
  await fleet.call('POST /v1/pools/images/volumes', { body: '<volume><name>disk</name><capacity>8</capacity></volume>' });
  const { json: pool } = await fleet.call('GET /v1/pools/images');
  const only = await connectRest({ urls: [url()], token, origin: 'given' });
  const MiB = 1024 * 1024;
  const part = { pool: { uuid: String(pool['uuid']), name: 'images' }, volume: { name: 'disk' }, offsetBytes: 0 } as never;
  let gone = false;
  const pieces = (async function* () {
    for (let at = 0; at < 8; at += 1) {
      if (at === 3) await other.close();
      gone ||= at === 3;
      yield Buffer.alloc(MiB, 'x');
    }
  })();
  const ended = only.upload(part, pieces, new AbortController().signal).then(
    () => 'done',
    ({ code, message }: { readonly code: string; readonly message: string }) => `${code}: ${message}`,
  );
  await eventually(() => gone);
  const headers = { 'content-type': 'application/octet-stream' };
  expect((await fleet.call('PUT /v1/pools/images/volumes/disk/content', { token, body: 'again', headers })).status).toBe(200);
  expect((await fleet.call('GET /v1/pools/images/volumes/disk/content?length=5', { token })).text).toBe('again');
  expect(await ended).toMatch(/^fleet_unreachable: no gateway to talk to at http:\/\/127\.0\.0\.1:\d+ /);
  await only.close();
}, 60_000);
