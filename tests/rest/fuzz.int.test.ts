import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { errors, hostFacts, isErrorCode } from '@virtbus/contracts';
import { eventually } from '@virtbus/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { at, bodyOf, described, document, documents, handPort, made, objects } from './as-described.js';
import { drawn } from './fuzz.js';
import { RestFleet, type HttpAnswer, type HttpWish } from './rest-fleet.js';

const isEvents = ({ path }: { readonly path: string }): boolean => path === '/v1/events';
/** A stream of events has no end; it is fuzzed by its own test. */
const operations = described.filter((one) => !isEvents(one));
/** Calls of each operation. More: `VIRTBUS_FUZZ=200 npx vitest …`. */
const ROUNDS = Number(process.env['VIRTBUS_FUZZ'] ?? 12);
const SEED = 20_261_127;

let fleet: RestFleet;
let operator = '';
let named: Record<string, string> = {};
const port = randomUUID();
const residentMiB = (): number => process.memoryUsage().rss / 2 ** 20;
let before = 0;
beforeAll(async () => {
  fleet = await RestFleet.start();
  operator = await fleet.token({ role: 'operator', projects: ['blue'] });
  await putBack();
  before = residentMiB();
});
afterAll(() => fleet.stop());

const live = `<domain type='qemu'><name>web</name><title>Web</title><memory>1</memory><os><type>hvm</type></os><devices><interface type='network'><mac address='52:54:00:6d:90:02'/><source network='lab'/><target dev='vnet0'/><filterref filter='f'/></interface></devices></domain>`;

/** Whatever a call may name is there, whatever earlier calls have made of it. */
async function putBack(): Promise<void> {
  for (const [place, body] of made) await fleet.call(`POST /v1/${place}`, { body });
  for (const place of ['networks/lab', 'pools/images']) await fleet.call(`POST /v1/${place}/start`);
  await fleet.call('POST /v1/pools/images/volumes', { body: documents['createVolume'] ?? '' });
  const uuid = String((await fleet.call('GET /v1/domains/web')).json['uuid']);
  const token = await fleet.call('POST /v1/tokens', { body: { name: 'fuzzed', role: 'viewer' } });
  const operation = String(token.headers['virtbus-operation']);
  await fleet.hostBus.bucket(hostFacts).put({ hostId: objects.host }, { ...hostFacts.example, hostId: objects.host });
  await fleet.run(uuid, 'web', { xml: live });
  await fleet.port({ id: port, network: 'lab', domain: uuid, domainName: 'web' });
  named = { ...objects, port, token: String(token.json['id']), operation };
  await eventually(async () => (await fleet.call('GET /v1/domains/web')).json['state'] === 'running');
}

/** What an address needs behind it. */
const queries: Readonly<Record<string, string>> = {
  getDomainMetadata: '?kind=title',
  getCardFilter: '?interface=vnet0',
};
/** Ports of interfaces are changed with their interfaces. */
const ofHand = async (): Promise<void> => {
  await fleet.call('POST /v1/networks/lab/ports', { body: documents['createNetworkPort'] ?? '' });
  named = { ...named, port: handPort };
};
const stopPool = (): Promise<unknown> => fleet.call('POST /v1/pools/images/destroy');
/** What else has to be so that a call can be carried out. */
const first: Readonly<Record<string, () => Promise<unknown>>> = {
  ...{ undefinePool: stopPool, buildPool: stopPool, startPool: stopPool, deletePool: stopPool },
  ...{ deleteNetworkPort: ofHand, tuneNetworkPort: ofHand },
  createNetworkPort: () => fleet.call(`DELETE /v1/networks/lab/ports/${handPort}`),
  startNetwork: () => fleet.call('POST /v1/networks/lab/destroy'),
  renameDomain: async () => {
    await fleet.call('POST /v1/domains', { body: documents['defineDomain'] ?? '' });
    named = { ...named, domain: 'another' };
  },
  undefineNwfilter: async () => {
    await fleet.run(objects.secret, 'web');
    await fleet.call(`DELETE /v1/nwfilter-bindings/${objects.portDev}`);
  },
};
/** What the services of this fleet, of which just enough is there, refuse: the call has come as far as to them. */
const refusedThere: Readonly<Record<string, string>> = {
  destroyDomain: 'operation_invalid',
  // No host there tells of a QEMU.
  getGuestCapabilities: 'config_unsupported',
};
const bytes = { body: 'bytes', headers: { 'content-type': 'application/octet-stream' } };

function asDescribed(one: (typeof operations)[number]): HttpWish {
  if (one.operationId === 'uploadVolume') return bytes;
  return one.operation['requestBody'] ? { body: bodyOf(one) } : {};
}

function mustBeAnAnswer(call: string, { status, json, headers }: HttpAnswer): void {
  const said = `${call} → ${status} ${JSON.stringify(json).slice(0, 300)}`;
  expect(status, said).not.toBe(500);
  expect(status, said).toBeLessThan(504);
  if (status < 400) return;
  expect(headers['content-type'], said).toContain('application/problem+json');
  expect(isErrorCode(String(json['code'])), said).toBe(true);
  expect(json['code'] === 'internal', said).toBe(false);
  expect(errors[json['code'] as keyof typeof errors].status, said).toBe(status);
}

test.each(operations.map((one) => [`${one.method} ${one.path}`, one] as const))(
  '%s is carried out as it is described, and answers whatever comes, never with a fault',
  async (_, one) => {
    await putBack();
    await first[one.operationId]?.();
    const good = await fleet.call(`${one.method} ${at(one.path, named)}${queries[one.operationId] ?? ''}`, asDescribed(one));
    expect([good.status < 400 ? 'done' : good.json['code'], good.text.slice(0, 300)]).toEqual([
      refusedThere[one.operationId] ?? 'done',
      expect.anything(),
    ]);
    const calls = fc.sample(drawn(document, one, named), { numRuns: ROUNDS, seed: SEED });
    for (const [index, { line, headers, body }] of calls.entries()) {
      const wish = { headers, ...(body === undefined ? {} : { body }), ...(index % 2 === 0 ? { token: operator } : {}) };
      mustBeAnAnswer(`${line} ${JSON.stringify(headers)} ${body?.slice(0, 300) ?? ''}`, await fleet.call(line, wish));
    }
  },
);

/** The status of a call that may have no end. */
const statusOf = (line: string, headers: Readonly<Record<string, string>>): Promise<number> =>
  new Promise((resolve, reject) => {
    const [method = 'GET', path = '/'] = line.split(' ');
    const sent = request({ socketPath: fleet.socket, method, path, headers, agent: false }, ({ statusCode = 0 }) => {
      resolve(statusCode);
      sent.destroy();
    });
    sent.on('error', reject).end();
  });

test.each(described.filter(isEvents).map((one) => [`${one.method} ${one.path}`, one] as const))(
  '%s is followed or refused',
  async (_, one) => {
    expect(await statusOf(`${one.method} ${one.path}`, {})).toBe(200);
    for (const { line, headers } of fc.sample(drawn(document, one, named), { numRuns: ROUNDS, seed: SEED }))
      expect([200, 400, 404, 406], line).toContain(await statusOf(line, headers));
  },
);

test('nothing of it stays in memory', () => expect(residentMiB() - before).toBeLessThan(200));

test('the others are served as before', async () => {
  await putBack();
  expect((await fleet.call('GET /v1/networks/lab')).status).toBe(200);
});
