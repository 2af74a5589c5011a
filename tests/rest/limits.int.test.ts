/** What one credential may send, and what the others notice of it. The limits are small, so that no clock decides. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@virtbus/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { domainXml, FLOOD_BYTES, RestFleet } from './rest-fleet.js';

/** Nothing comes back as long as this test lasts. */
const once = (burst: number) => ({ perSecond: 0.001, burst });

let directory = '';
let fleet: RestFleet;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vbl-'));
  const file = join(directory, 'access.json');
  const limits = {
    viewer: { calls: once(5), streams: 1 },
    operator: { writes: once(2), bodyBytes: 2_000 },
  };
  await writeFile(file, JSON.stringify({ limits }));
  process.env['VIRTBUS_ACCESS_FILE'] = file;
  fleet = await RestFleet.start();
});
afterAll(async () => {
  delete process.env['VIRTBUS_ACCESS_FILE'];
  await fleet.stop();
  await rm(directory, { recursive: true });
});

describe('a credential that calls too often', () => {
  test('is told when to come again, and another of the same role is served', async () => {
    const [eager, patient] = [await fleet.token({ role: 'viewer', name: 'eager' }), await fleet.token({ role: 'viewer', name: 'patient' })];
    const answers = [];
    for (let at = 0; at < 8; at += 1) answers.push(await fleet.call('GET /v1/hosts', { token: eager }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
    expect(answers[7]!.json).toMatchObject({ code: 'rate_limited', retry: true, type: 'urn:virtbus:error:rate_limited' });
    expect(Number(answers[7]!.headers['retry-after'])).toBeGreaterThan(1);
    expect((await fleet.call('GET /v1/hosts', { token: patient })).status).toBe(200);
    expect((await fleet.call('GET /v1/hosts')).status).toBe(200);
  });

  test('changes less than it may ask, and is not audited for what it did not send', async () => {
    const token = await fleet.token({ role: 'operator', name: 'busy' });
    const make = (name: string) => fleet.call('POST /v1/domains', { token, body: domainXml(name) });
    const answers = [await make('one'), await make('two'), await make('three')];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 429]);
    expect((await fleet.call('GET /v1/domains/one', { token })).status).toBe(200);
    expect((await fleet.call('GET /v1/domains/three', { token })).status).toBe(404);
  });
});

test('a body over the credential’s size is refused, before anything is made of it', async () => {
  const token = await fleet.token({ role: 'operator', name: 'large' });
  const body = domainXml('large').replace('<os>', `<description>${'x'.repeat(2_000)}</description><os>`);
  expect((await fleet.call('POST /v1/domains', { token, body })).json).toMatchObject({ status: 413, code: 'payload_too_large' });
  expect((await fleet.call('POST /v1/domains', { body })).status).toBe(201);
});

test('so many streams at once, and no more', async () => {
  const token = await fleet.token({ role: 'viewer', name: 'listener' });
  const { hostname, port } = new URL(fleet.url);
  const stream = request({ host: hostname, port, path: '/v1/events', headers: { authorization: `Bearer ${token}` } });
  await new Promise((resolve) => stream.once('response', resolve).end());
  expect((await fleet.call('GET /v1/events', { token })).json).toMatchObject({ status: 429, code: 'rate_limited' });
  stream.on('error', () => undefined).destroy();
});

test('who opens a console and reads nothing is let go; the memory that it takes is bounded', async () => {
  const { json } = await fleet.call('POST /v1/domains', { body: domainXml('talks') });
  await fleet.run(String(json['uuid']), 'talks');
  await eventually(async () => (await fleet.call('GET /v1/domains/talks')).json['state'] === 'running');
  const { path } = (await fleet.call('POST /v1/domains/talks/console', { body: {} })).json;
  const socket = new WebSocket(`ws+unix://${fleet.socket}:${String(path)}`, ['binary']);
  await new Promise((resolve) => socket.once('open', resolve));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.pause();
  const before = process.memoryUsage().rss;
  socket.send('flood');
  // Others are served meanwhile.
  for (let at = 0; at < 20; at += 1) expect((await fleet.call('GET /v1/domains/talks')).status).toBe(200);
  let read = 0;
  socket.on('message', (bytes: Buffer) => (read += bytes.length));
  socket.resume();
  expect(await closed).toBe(1013);
  expect(read).toBeLessThan(FLOOD_BYTES / 2);
  expect(process.memoryUsage().rss - before).toBeLessThan(FLOOD_BYTES * 4);
});
