import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { commentsOf } from '@virtbus/contracts';
import { beforeAll, describe, expect, test } from 'vitest';
import { routes } from './routes-table.js';
import type { RouteRow } from './route.js';
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
