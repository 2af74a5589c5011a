/** Every change over REST, as the OpenAPI description has them: who asked for it is told, and so is that it was refused. */
import * as contracts from '@virtbus/contracts';
import { eventually } from '@virtbus/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, bodyOf, described, made } from './as-described.js';
import { hostId, RestFleet } from './rest-fleet.js';

/** What ends an object comes last, and what others need of all last. */
const order = [
  'deleteNwfilterBinding',
  'undefineNwfilter',
  'undefineSecret',
  'deleteVolume',
  'undefineDomain',
  'destroyNetwork',
  'undefineNetwork',
  'destroyPool',
  'undefinePool',
];
const changes = described
  .filter(({ method }) => method !== 'GET')
  .toSorted((a, b) => order.indexOf(a.operationId) - order.indexOf(b.operationId));

let fleet: RestFleet;
let viewer: string;
const audits: contracts.AuditRecord[] = [];
const outcomes = new Set<string>();

beforeAll(async () => {
  fleet = await RestFleet.start();
  await fleet.hostBus.bucket(contracts.hostFacts).put({ hostId }, { ...contracts.hostFacts.example, hostId });
  viewer = await fleet.token({ role: 'viewer' });
  for (const [path, body] of made) expect((await fleet.call(`POST /v1/${path}`, { body })).status).toBe(201);
  await fleet.run(String((await fleet.call('GET /v1/domains/web')).json['uuid']), 'web');
  fleet.bus.subscribe(contracts.writeAsked, ({ payload }) => void audits.push(payload));
  await fleet.bus.subscribe(contracts.operationFinished, ({ payload }) => void outcomes.add(payload.commandId)).ready;
  await eventually(async () => (await fleet.call('GET /v1/domains/web')).json['state'] === 'running');
}, 30_000);
afterAll(() => fleet?.stop());

/** The one audit that is told while something is called. */
async function auditOf(act: () => Promise<unknown>): Promise<contracts.AuditRecord | undefined> {
  audits.length = 0;
  await act();
  await eventually(async () => audits.length > 0);
  expect(audits).toHaveLength(1);
  return audits[0];
}

describe.each(changes.map((change) => [change.operationId, change] as const))('%s', (_, change) => {
  const line = `${change.method} ${at(change.path)}`;
  test('by a viewer is told as refused', async () => {
    const audit = await auditOf(async () => expect((await fleet.call(line, { token: viewer, body: bodyOf(change) })).status).toBe(403));
    expect(audit).toMatchObject({ via: 'rest', from: '127.0.0.1', role: 'viewer', allowed: false, code: 'forbidden' });
    expect(audit?.who).toMatch(/^token:/);
  });

  test('by an administrator is told, and what came of it under the same id', async () => {
    const audit = await auditOf(() => fleet.call(line, { body: bodyOf(change) }));
    expect(audit).toMatchObject({ via: 'rest', who: 'local:root', role: 'administrator', allowed: true });
    // A ticket comes to its end with the connection that is opened with it.
    if (change.operationId.startsWith('open')) return;
    await eventually(async () => outcomes.has(audit?.commandId ?? ''));
  });
});
