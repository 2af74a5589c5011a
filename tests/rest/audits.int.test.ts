/** Every change over REST, as the OpenAPI description has them: who asked for it is told, and so is that it was refused. */
import { readFileSync } from 'node:fs';
import * as contracts from '@virtbus/contracts';
import { eventually } from '@virtbus/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { domainXml, hostId, networkXml, RestFleet } from './rest-fleet.js';

interface Described {
  readonly operationId: string;
}
const { paths } = JSON.parse(readFileSync('docs/generated/openapi.json', 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
};
/** What ends an object comes last, and what others need of all last. */
const order = [
  'undefineNwfilter',
  'undefineSecret',
  'deleteVolume',
  'undefineDomain',
  'destroyNetwork',
  'undefineNetwork',
  'destroyPool',
  'undefinePool',
];
const changes = Object.entries(paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => ({ path, method: method.toUpperCase(), operationId })),
  )
  .filter(({ method }) => method !== 'GET')
  .toSorted((a, b) => order.indexOf(a.operationId) - order.indexOf(b.operationId));

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const names: Readonly<Record<string, string>> = { host: hostId, secret: uuid, filter: 'f', volume: 'v', token: '0123456789abcdef' };
const objects: Readonly<Record<string, string>> = { domain: 'web', network: 'lab', pool: 'images', ...names };
const poolXml = "<pool type='dir'><name>images</name><target><path>/srv/audited</path></target></pool>";
const documents: Readonly<Record<string, string>> = {
  defineDomain: domainXml('another'),
  replaceDomain: domainXml('web'),
  defineNetwork: networkXml('another'),
  replaceNetwork: networkXml('lab'),
  definePool: poolXml,
  createVolume: '<volume><name>v</name><capacity>1</capacity></volume>',
  defineSecret: `<secret><uuid>${uuid}</uuid><usage type='iscsi'><target>t</target></usage></secret>`,
  defineNwfilter: "<filter name='f'/>",
};
const bodies: Readonly<Record<string, object>> = { openConsole: {}, openGraphics: {}, createToken: { name: 'ci', role: 'viewer' } };

/** What of a running guest goes on to its host, where nobody is in this fleet. */
const config = { live: false, config: true };
const inDefinition: Readonly<Record<string, object>> = { setDomainMemory: config, setDomainMetadata: config, tuneInterface: config };

const at = (path: string): string => path.replace(/\{(\w+)\}/g, (_, name: string) => objects[name] ?? name);

/** The contract's example, without what stands in the path. */
function bodyOf({ operationId, path }: (typeof changes)[number]): string | object {
  const contract = (contracts as Readonly<Record<string, unknown>>)[operationId] as { readonly example?: object } | undefined;
  const inPath = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  const fields = Object.entries(contract?.example ?? {}).filter(([name]) => !inPath.has(name));
  return documents[operationId] ?? bodies[operationId] ?? { ...Object.fromEntries(fields), ...inDefinition[operationId] };
}

let fleet: RestFleet;
let viewer: string;
const audits: contracts.AuditRecord[] = [];
const outcomes = new Set<string>();

beforeAll(async () => {
  fleet = await RestFleet.start();
  await fleet.hostBus.bucket(contracts.hostFacts).put({ hostId }, { ...contracts.hostFacts.example, hostId });
  viewer = await fleet.token({ role: 'viewer' });
  for (const [path, document] of [
    ['domains', domainXml('web')],
    ['networks', networkXml('lab')],
    ['pools', poolXml],
    ['secrets', documents['defineSecret']],
    ['nwfilters', documents['defineNwfilter']],
  ])
    expect((await fleet.call(`POST /v1/${path}`, { body: document ?? '' })).status).toBe(201);
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
