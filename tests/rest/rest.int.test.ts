import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '@virtbus/testing';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { WebSocket } from 'ws';
import { domainXml, networkXml, RestFleet, slow } from './rest-fleet.js';

let fleet: RestFleet;
beforeAll(async () => {
  fleet = await RestFleet.start();
});
afterAll(() => fleet.stop());

const names = (json: Readonly<Record<string, unknown>>, list = 'domains'): string[] =>
  (json[list] as { name: string }[]).map((one) => one.name);

describe('a domain', () => {
  test('is defined by XML, shown as JSON and XML, replaced at its revision, and forgotten', async () => {
    const made = await fleet.call('POST /v1/domains', { body: domainXml('web') });
    expect([made.status, made.json['name']]).toEqual([201, 'web']);
    expect(made.headers['location']).toBe(`/v1/domains/${String(made.json['uuid'])}`);

    const shown = await fleet.call('GET /v1/domains/web');
    expect(shown.json).toMatchObject({ name: 'web', state: 'shutoff', persistent: true, interfaces: [] });
    const etag = String(shown.headers['etag']);
    expect((await fleet.call('GET /v1/domains/web', { headers: { 'if-none-match': etag } })).status).toBe(304);
    const xml = await fleet.call('GET /v1/domains/web', { headers: { accept: 'application/xml' } });
    expect(xml.headers['content-type']).toContain('application/xml');
    expect(xml.text).toContain('<name>web</name>');

    const uuid = String(made.json['uuid']);
    const changed = domainXml('web', '', uuid).replace('>64<', '>128<');
    expect((await fleet.call('PUT /v1/domains/web', { body: changed, headers: { 'if-match': etag } })).status).toBe(200);
    const lost = await fleet.call('PUT /v1/domains/web', { body: changed, headers: { 'if-match': etag } });
    expect([lost.status, lost.json['code']]).toEqual([412, 'revision_conflict']);
    expect((await fleet.call('PUT /v1/domains/web', { body: domainXml('other') })).json).toMatchObject({
      code: 'operation_failed',
      status: 409,
    });

    expect((await fleet.call('DELETE /v1/domains/web', { headers: { 'if-match': etag } })).status).toBe(412);
    expect((await fleet.call('DELETE /v1/domains/web')).status).toBe(200);
    expect((await fleet.call('GET /v1/domains/web')).json).toMatchObject({
      code: 'no_domain',
      status: 404,
      libvirt: { code: 42 },
      instance: '/v1/domains/web',
    });
  });

  test.each(['with space', 'ümlaut', 'a%2Fb', '..', 'q\'u"o<te>', 'plus+&=?#', 'very.long'.repeat(20)])(
    'may be called %s',
    async (name) => {
      const escaped = name.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
      const made = await fleet.call('POST /v1/domains', { body: domainXml(escaped) });
      expect(made.status).toBe(201);
      const shown = await fleet.call(`GET /v1/domains/${encodeURIComponent(name)}`);
      expect(shown.json['name']).toBe(name);
      expect((await fleet.call(`DELETE /v1/domains/${String(made.json['uuid'])}`)).status).toBe(200);
    },
  );

  test('with 32 interfaces, and XML near a MiB, is taken as JSON too', async () => {
    const nets = Array.from(
      { length: 32 },
      (_, at) => `<interface type='user'><mac address='52:54:00:00:00:${at.toString(16).padStart(2, '0')}'/></interface>`,
    );
    const xml = domainXml('large', nets.join('')).replace('<os>', `<description>${'x'.repeat(1_000_000)}</description><os>`);
    const made = await fleet.call('POST /v1/domains', { body: { xml } });
    expect([made.status, made.json['code']]).toEqual([201, undefined]);
    const shown = await fleet.call('GET /v1/domains/large/xml');
    expect(String(shown.json['xml']).match(/<interface /g)).toHaveLength(32);
    await fleet.call('DELETE /v1/domains/large');
  });

  test('that is refused says why, and where', async () => {
    const refused = await fleet.call('POST /v1/domains', { body: domainXml('bad').replace('qemu', 'xen') });
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.json).toMatchObject({
      status: 422,
      code: 'config_unsupported',
      type: 'urn:virtbus:error:config_unsupported',
      libvirt: { code: 67 },
      fault: 'caller',
      retry: false,
      path: '/domain/@type',
    });
    expect(String(refused.json['operation'])).not.toBe('');
  });
});

describe('a list', () => {
  beforeAll(async () => {
    for (const name of ['list-a', 'list-b', 'list-c']) await fleet.call('POST /v1/domains', { body: domainXml(name) });
    await fleet.call('PUT /v1/domains/list-b/autostart', { body: { autostart: true } });
  });

  test('comes in pages, filtered, with the wanted fields', async () => {
    const first = await fleet.call('GET /v1/domains?name=list-*&limit=2&fields=name,state');
    expect(first.json['domains']).toEqual([
      { name: 'list-a', state: 'shutoff' },
      { name: 'list-b', state: 'shutoff' },
    ]);
    const second = await fleet.call(`GET /v1/domains?name=list-*&limit=2&after=${String(first.json['next'])}`);
    expect([names(second.json), second.json['next']]).toEqual([['list-c'], undefined]);
    expect(names((await fleet.call('GET /v1/domains?name=list-*&autostart')).json)).toEqual(['list-b']);
    expect(names((await fleet.call('GET /v1/domains?state=running,paused')).json)).toEqual([]);
  });

  test.each<[string, string]>([
    ['limit=0', 'limit'],
    ['limit=x', 'limit'],
    ['state=flying', 'state'],
    ['autostart=perhaps', 'autostart'],
    ['colour=blue', 'colour'],
    ['name=a&name=b', 'name'],
    ['fields=secret', 'fields'],
    ['after=%25', 'after'],
  ])('asked for with %s is refused by name', async (query, path) => {
    expect((await fleet.call(`GET /v1/domains?${query}`)).json).toMatchObject({ status: 400, code: 'payload_invalid', path });
  });
});

describe('an operation', () => {
  test('that takes long is followed where its answer says', async () => {
    await fleet.call('POST /v1/domains', { body: domainXml('slow') });
    slow.start = true;
    try {
      const begun = await fleet.call('POST /v1/domains/slow/start', { headers: { prefer: 'respond-async' } });
      expect([begun.status, begun.json['status']]).toEqual([202, 'pending']);
      const place = String(begun.headers['location']);
      expect((await fleet.call(`GET ${place}`)).json).toMatchObject({ status: 'pending' });
      expect((await fleet.call(`GET ${place}`, { headers: { prefer: 'wait=10' } })).json).toMatchObject({
        status: 'succeeded',
        result: { name: 'started' },
      });
      expect((await fleet.call('GET /v1/operations?fields=id,status')).json['operations']).toContainEqual({
        id: begun.json['id'],
        status: 'succeeded',
      });
    } finally {
      slow.start = false;
    }
  });

  test('that fails is a problem, at once or later', async () => {
    const failed = await fleet.call('POST /v1/domains/slow/destroy');
    expect([failed.status, failed.json['code']]).toEqual([409, 'operation_invalid']);
    expect((await fleet.call(`GET /v1/operations/${String(failed.json['operation'])}`)).json).toMatchObject({
      status: 'failed',
      error: { code: 'operation_invalid', libvirt: 55 },
    });
  });

  test('with a key is one, however often it is sent, and its key is no other call’s', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const [first, second] = [
      await fleet.call('POST /v1/domains', { body: domainXml('once'), headers }),
      await fleet.call('POST /v1/domains', { body: domainXml('once'), headers }),
    ];
    expect([second.status, second.json]).toEqual([first.status, first.json]);
    expect(second.headers['virtbus-operation']).toBe(first.headers['virtbus-operation']);
    expect((await fleet.call('POST /v1/domains', { body: domainXml('twice'), headers })).json).toMatchObject({
      code: 'payload_invalid',
      path: 'Idempotency-Key',
    });
    expect((await fleet.call(`GET /v1/operations/${headers['idempotency-key']}`)).json).toMatchObject({ status: 'succeeded' });
  });

  test('that nobody has begun is not there', async () => {
    expect((await fleet.call('GET /v1/operations/never')).json).toMatchObject({ status: 404, code: 'no_operation' });
  });
});

describe('who may do what', () => {
  let [viewer, blue, red]: string[] = [];
  beforeAll(async () => {
    viewer = await fleet.token({ role: 'viewer' });
    blue = await fleet.token({ role: 'operator', projects: ['blue'] });
    red = await fleet.token({ role: 'operator', projects: ['red'] });
    await fleet.call('POST /v1/domains', { body: domainXml('blue-one'), token: blue });
  });
  const refusal = async (line: string, token: string | undefined, body?: string | object) => {
    const { status, json } = await fleet.call(line, { token: token ?? '', ...(body === undefined ? {} : { body }) });
    return `${status} ${String(json['code'])}`;
  };

  test('a token stands for what it was made for', async () =>
    expect((await fleet.call('GET /v1/whoami', { token: blue })).json).toEqual({
      name: expect.stringMatching(/^token:[0-9a-f]{16} test$/),
      role: 'operator',
      projects: ['blue'],
      grants: [],
    }));

  test.each<[string, string, () => string | undefined, string | object | undefined, string]>([
    ['nobody', 'GET /v1/domains', () => 'x', undefined, '401 unauthenticated'],
    ['a viewer who changes', 'POST /v1/domains', () => viewer, domainXml('x'), '403 forbidden'],
    ['a viewer who reads passwords', 'GET /v1/domains/blue-one/xml?secure=true', () => viewer, undefined, '403 forbidden'],
    ['a viewer who opens a console', 'POST /v1/domains/blue-one/console', () => viewer, {}, '403 forbidden'],
    ['another project that looks', 'GET /v1/domains/blue-one', () => red, undefined, '404 no_domain'],
    ['another project that starts', 'POST /v1/domains/blue-one/start', () => red, {}, '404 no_domain'],
    ['another project that undefines', 'DELETE /v1/domains/blue-one', () => red, undefined, '404 no_domain'],
    ['a project that defines into another', 'POST /v1/domains?project=red', () => blue, domainXml('x'), '403 forbidden'],
    ['a project that lists tokens', 'GET /v1/tokens', () => blue, undefined, '403 forbidden'],
    ['a project that closes a host', 'POST /v1/hosts/host-a/cordon', () => blue, undefined, '403 forbidden'],
    ['a tenant with words for QEMU', 'POST /v1/domains', () => blue, domainXml('x', '<emulator>/bin/sh</emulator>'), '403 forbidden'],
  ])('%s is refused: %s', async (_, line, token, body, expected) => expect(await refusal(line, token(), body)).toBe(expected));

  test('a definition with the name of another project’s domain is refused, and changes nothing', async () => {
    expect(await refusal('POST /v1/domains', red, domainXml('blue-one'))).toBe('409 operation_failed');
    expect((await fleet.call('GET /v1/domains/blue-one', { token: blue })).json).toMatchObject({ project: 'blue' });
  });

  test('somebody of two projects plugs a domain of one into networks that this one sees', async () => {
    const both = await fleet.token({ role: 'operator', projects: ['blue', 'red'] });
    for (const project of ['blue', 'red'])
      await fleet.call(`POST /v1/networks?project=${project}`, { token: both, body: networkXml(`net-${project}`) });
    const plugged = (network: string): string => `<interface type='network'><source network='${network}'/></interface>`;
    await eventually(async () => (await refusal('GET /v1/networks/net-red', both)) === '200 undefined');
    expect(await refusal('POST /v1/domains', both, domainXml('two', plugged('net-red')))).toBe('404 no_network');
    expect(await refusal('POST /v1/domains?project=red', both, domainXml('two', plugged('net-red')))).toBe('201 undefined');
    expect(await refusal('PUT /v1/domains/two', both, domainXml('two', plugged('net-blue')))).toBe('404 no_network');
    const { json } = await fleet.call('POST /v1/domains/two/attach-device', { token: both, body: plugged('net-blue') });
    expect(json['detail']).toBe("Network not found: no network with matching name 'net-blue' among those that the project 'red' sees");
    for (const line of ['domains/two', 'networks/net-red', 'networks/net-blue']) await refusal(`DELETE /v1/${line}`, both);
  });

  test('lists show what belongs to the caller alone', async () => {
    expect(names((await fleet.call('GET /v1/domains', { token: blue })).json)).toEqual(['blue-one']);
    expect(names((await fleet.call('GET /v1/domains', { token: red! })).json)).toEqual([]);
  });

  test('operations of others are not shown', async () => {
    const { headers } = await fleet.call('PUT /v1/domains/blue-one/autostart', { token: blue, body: { autostart: true } });
    const place = `/v1/operations/${String(headers['virtbus-operation'])}`;
    expect((await fleet.call(`GET ${place}`, { token: blue })).status).toBe(200);
    expect((await fleet.call(`GET ${place}`, { token: red! })).status).toBe(404);
  });

  test('a revoked token is refused', async () => {
    const token = await fleet.token({ role: 'viewer' });
    expect((await fleet.call('GET /v1/hosts', { token })).status).toBe(200);
    const id = token.split('_')[1];
    await fleet.call(`DELETE /v1/tokens/${String(id)}`);
    await eventually(async () => (await fleet.call('GET /v1/hosts', { token })).status === 401);
    expect((await fleet.call('GET /v1/tokens')).text).not.toContain('hash');
  });

  test('what is refused is told, too: who, what, and why', async () => {
    const events = await heard('/v1/events?from=start&kinds=audit');
    const refusedOf = (call: string) =>
      events.map(({ payload }) => payload).filter((one) => one['allowed'] === false && one['call'] === `virtbus.v1.${call}`);
    const who = expect.stringMatching(/^token:/);
    expect(refusedOf('cmd.domain.define')).toContainEqual(expect.objectContaining({ who, role: 'viewer', code: 'forbidden', via: 'rest' }));
    expect(refusedOf('cmd.domain.define')).toContainEqual(expect.objectContaining({ who, role: 'operator', code: 'forbidden' }));
    expect(refusedOf('cmd.host.cordon')).toContainEqual(expect.objectContaining({ who, object: 'host-a', code: 'forbidden' }));
    expect(refusedOf('req.domain.list')).toContainEqual(
      expect.objectContaining({ who: 'nobody', code: 'unauthenticated', from: '127.0.0.1' }),
    );
    // Whoever only looks, and may not, is told so and no more.
    expect(refusedOf('req.token.list')).toEqual([]);
  });

  test('a change is told before it is made, with who asked for it', async () => {
    const events = await heard('/v1/events?from=start&kinds=audit');
    expect(events.map(({ payload }) => payload)).toContainEqual(
      expect.objectContaining({
        who: expect.stringMatching(/^token:[0-9a-f]{16} test$/),
        call: 'virtbus.v1.cmd.domain.define',
        project: 'blue',
        via: 'rest',
        from: '127.0.0.1',
        allowed: true,
      }),
    );
  });
});

interface Heard {
  readonly sequence: number;
  readonly kind: string;
  readonly what: string;
  readonly payload: Record<string, unknown>;
}

/** What an event stream says within a moment of silence. */
function heard(
  path: string,
  headers: Record<string, string> = {},
  during: () => Promise<unknown> = async () => undefined,
): Promise<Heard[]> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: fleet.socket, path, headers }, (response) => {
      let [text, quiet]: [string, NodeJS.Timeout | undefined] = ['', undefined];
      const end = (): void => {
        sent.destroy();
        const blocks = text.split('\n\n').filter((block) => block.startsWith('id: '));
        resolve(
          blocks.map((block) => ({
            sequence: Number(/^id: (\d+)/.exec(block)?.[1]),
            ...(JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? '{}') as Omit<Heard, 'sequence'>),
          })),
        );
      };
      response.setEncoding('utf8').on('data', (part: string) => {
        if (part.includes(': ready')) void during();
        text += part;
        clearTimeout(quiet);
        quiet = setTimeout(end, 2_500);
      });
    });
    sent.on('error', (error) => (sent.destroyed ? undefined : reject(error)));
    sent.end();
  });
}

test('events come as they happen, and go on after the last one that was heard', async () => {
  const live = await heard('/v1/events?kinds=domain', {}, () => fleet.call('POST /v1/domains', { body: domainXml('told') }));
  expect(live.map(({ what, payload }) => [what, payload['name']])).toEqual([['defined', 'told']]);
  await fleet.call('DELETE /v1/domains/told');
  const missed = await heard('/v1/events?kinds=domain', { 'last-event-id': String(live[0]!.sequence) });
  expect(missed.map(({ what, payload }) => [what, payload['name']])).toEqual([['undefined', 'told']]);
  expect((await fleet.call('GET /v1/events', { headers: { 'last-event-id': 'x' } })).json).toMatchObject({ code: 'payload_invalid' });
});

/** The id that comes with the first word of an event stream, which is cut there. */
const readyId = (path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const sent = request({ socketPath: fleet.socket, path }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        const [, id] = /^: ready\nid: (\d+)$/m.exec((text += part)) ?? [];
        if (id === undefined) return;
        sent.destroy();
        resolve(id);
      });
    });
    sent.on('error', (error) => (sent.destroyed ? undefined : reject(error)));
    sent.end();
  });

test('whoever is cut before the first event hears it afterwards, and nothing from before', async () => {
  await fleet.call('POST /v1/domains', { body: domainXml('before') });
  const id = await readyId('/v1/events?kinds=domain');
  await fleet.call('POST /v1/domains', { body: domainXml('cut') });
  const missed = await heard('/v1/events?kinds=domain', { 'last-event-id': id });
  expect(missed.map(({ what, payload }) => [what, payload['name']])).toEqual([['defined', 'cut']]);
  for (const name of ['before', 'cut']) await fleet.call(`DELETE /v1/domains/${name}`);
});

describe('a guest’s console and screen', () => {
  let uuid = '';
  beforeAll(async () => {
    const { json } = await fleet.call('POST /v1/domains', { body: domainXml('talks') });
    uuid = String(json['uuid']);
    await fleet.run(uuid, 'talks');
    await eventually(async () => (await fleet.call(`GET /v1/domains/${uuid}`)).json['state'] === 'running');
  });

  const ticket = async (kind: string): Promise<string> =>
    String((await fleet.call(`POST /v1/domains/talks/${kind}`, { body: {} })).json['path']);
  const connected = (path: string): Promise<WebSocket> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws+unix://${fleet.socket}:${path}`, ['binary']);
      socket.once('open', () => resolve(socket));
      socket.once('unexpected-response', (_, response) => reject(new Error(String(response.statusCode))));
      socket.once('error', reject);
    });
  const said = (socket: WebSocket): Promise<string> =>
    new Promise((resolve) => socket.once('message', (bytes: Buffer) => resolve(bytes.toString())));

  test.each([
    ['console', 'HELLO'],
    ['graphics', 'RFB hello'],
  ])('%s carries bytes both ways, and ends when the guest ends it', async (kind, expected) => {
    const socket = await connected(await ticket(kind));
    expect(socket.protocol).toBe('binary');
    const answer = said(socket);
    socket.send('hello');
    expect(await answer).toBe(expected);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.send('bye');
    expect(await closed).toBe(1000);
  });

  test('a ticket is good once, for what it was given for', async () => {
    const path = await ticket('console');
    (await connected(path)).terminate();
    await expect(connected(path)).rejects.toThrow('401');
    await expect(connected((await ticket('console')).replace('console', 'graphics'))).rejects.toThrow('401');
    await expect(connected('/v1/console?ticket=guess')).rejects.toThrow('401');
    await expect(connected('/v1/other')).rejects.toThrow('404');
  });

  test('of a domain that does not run there is none', async () => {
    await fleet.call('POST /v1/domains', { body: domainXml('silent') });
    expect((await fleet.call('POST /v1/domains/silent/console', { body: {} })).json).toMatchObject({
      code: 'operation_invalid',
      status: 409,
    });
  });
});

describe('what is no call', () => {
  test.each<[string, object | string | undefined, Record<string, string>, number, string]>([
    ['GET /', undefined, {}, 404, 'no_resource'],
    ['GET /v1/domains/a/b/c', undefined, {}, 404, 'no_resource'],
    ['DELETE /v1/domains', undefined, {}, 405, 'method_unsupported'],
    ['PATCH /v1/domains/web', undefined, {}, 405, 'method_unsupported'],
    ['POST /v1/domains', 'hello', { 'content-type': 'text/plain' }, 415, 'media_type_unsupported'],
    ['POST /v1/domains', '{', {}, 400, 'payload_invalid'],
    ['POST /v1/domains', '[]', {}, 400, 'payload_invalid'],
    ['POST /v1/domains', { xml: 7 }, {}, 400, 'payload_invalid'],
    ['POST /v1/domains', undefined, {}, 400, 'payload_invalid'],
    ['PUT /v1/domains/blue-one/autostart', '<a/>', {}, 415, 'media_type_unsupported'],
    ['PUT /v1/domains/blue-one/autostart', { autostart: 'yes' }, {}, 400, 'payload_invalid'],
    ['GET /v1/hosts', undefined, { accept: 'image/png' }, 415, 'media_type_unsupported'],
    ['GET /v1/%zz', undefined, {}, 400, 'payload_invalid'],
  ])('%s %s', async (line, body, headers, status, code) => {
    const answer = await fleet.call(line, { headers, ...(body === undefined ? {} : { body }) });
    expect([answer.status, answer.json['code']]).toEqual([status, code]);
  });
});

test('the page and its document come from here alone', async () => {
  const page = await fleet.call('GET /docs');
  expect(page.status).toBe(200);
  expect(page.text).not.toMatch(/https?:\/\//);
  expect((await fleet.call('GET /docs/swagger-ui-bundle.js')).text.length).toBeGreaterThan(500_000);
  expect((await fleet.call('GET /docs/openapi.json')).json).toMatchObject({ openapi: '3.1.0' });
});

test('networks, hosts and ports', async () => {
  expect((await fleet.call('POST /v1/networks', { body: networkXml('lab') })).status).toBe(201);
  expect((await fleet.call('POST /v1/networks/lab/start')).status).toBe(200);
  expect((await fleet.call('GET /v1/networks/lab')).json).toMatchObject({ active: true, bridge: 'virbr0' });
  expect((await fleet.call('GET /v1/networks/lab/leases')).json).toEqual({ leases: [] });
  expect(names((await fleet.call('GET /v1/networks?active=true')).json, 'networks')).toEqual(['lab']);
  expect((await fleet.call('GET /v1/hosts/nowhere')).json).toMatchObject({ code: 'no_host' });
  expect((await fleet.call('GET /v1/ports')).json).toEqual({ ports: [] });
});
