import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { commentsOf, contracts, type Contract } from '@virtbus/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { routes } from './routes-table.js';
import { contractOf, type RouteRow } from './route.js';
import { openApi } from './openapi.js';
import { restApplication, type RestParts } from './rest.module.js';

const rows: Readonly<Record<string, RouteRow>> = routes;
const view = { entries: () => [], get: () => undefined, onChange: () => () => undefined };
/** The controllers are looked at, and nothing is called. */
const parts = {
  bus: { bucket: () => ({ view: async () => view }) },
  memory: { views: { domains: view, networks: view } },
} as unknown as RestParts;

let document: ReturnType<typeof openApi>;
beforeAll(async () => {
  const { app } = await restApplication(parts);
  const config = new DocumentBuilder()
    .setTitle('virtbus')
    .setDescription('libvirt for a fleet, over HTTP. Domains and networks are libvirt’s, in its XML or as JSON.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .build();
  const scanned = SwaggerModule.createDocument(app, config, { operationIdFactory: (_, method) => method });
  const root = join(import.meta.dirname, '../../../..');
  const sources = globSync(['libs/contracts/src/**/*.ts', 'services/api/src/rest/bodies.ts'], {
    cwd: root,
    exclude: ['**/*.test.ts'],
  });
  document = openApi(scanned, rows, commentsOf(sources.map((path) => readFileSync(join(root, path), 'utf8'))));
  await app.close();
});

test('docs/generated/openapi.json shows the routes', () =>
  expect(`${JSON.stringify(document, undefined, 2)}\n`).toMatchFileSnapshot('../../../../docs/generated/openapi.json'));

test('it is OpenAPI 3.1', () => expect(document['openapi']).toBe('3.1.0'));

const refsIn = (node: unknown): string[] => {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) => (key === '$ref' ? [String(value)] : refsIn(value)));
};

test('every reference leads somewhere', () => {
  const at = (ref: string): unknown =>
    ref
      .slice(2)
      .split('/')
      .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
  const refs = refsIn(document);
  expect(refs.length).toBeGreaterThan(50);
  expect(refs.filter((ref) => at(ref) === undefined)).toEqual([]);
});

describe('a route without a row, or a row without a route', () => {
  test('is a fault', () => {
    const scanned = { paths: { '/v1/x': { get: { operationId: 'x' } } } };
    expect(() => openApi(scanned, {}, new Map())).toThrow('has no row');
    expect(() => openApi({ paths: {} }, rows, new Map())).toThrow('no controller has');
  });
});

/** Calls that the fleet knows and REST does not, each with its reason. */
const notOverRest: Readonly<Record<string, string>> = {
  'virtbus.v1.req.domain.revisedevice': 'what a service asks on the way of a change',
  'virtbus.v1.req.secret.value': 'values are written over REST, and read by hosts alone',
};

test('everything that can be asked of the fleet, or ordered, can be so over REST', () => {
  const called = new Set(Object.values(rows).flatMap((row) => contractOf(row)?.subject ?? []));
  // What is about one host, or netd's, services say to each other; definitions are made transient by a word of the same routes.
  const isTheirs = ({ subject, owner }: Contract): boolean => subject.startsWith('virtbus.v1.host.') || owner === 'netd';
  const missing = contracts.filter(
    (one) => (one.kind === 'request' || one.kind === 'command') && !isTheirs(one) && !called.has(one.subject),
  );
  const byWord = ['virtbus.v1.cmd.domain.create', 'virtbus.v1.cmd.pool.create', 'virtbus.v1.cmd.network.create'];
  expect(missing.map(({ subject }) => subject).filter((subject) => !byWord.includes(subject))).toEqual(Object.keys(notOverRest));
});

test('every body that a contract describes comes with an example that the contract takes', () => {
  const bodies = Object.entries(rows).flatMap(([name, row]) => (row.json && contractOf(row)?.payload === row.json ? [{ name, row }] : []));
  expect(bodies.length).toBeGreaterThan(15);
  for (const { name, row } of bodies) {
    const { [row.method.toLowerCase()]: operation } = (document['paths'] as Record<string, Record<string, unknown>>)[
      row.path.replaceAll(/:(\w+)/g, '{$1}')
    ]!;
    const { requestBody } = operation as { requestBody: { content: { 'application/json': { example?: object } } } };
    expect(requestBody.content['application/json'].example, name).toBeDefined();
  }
});
