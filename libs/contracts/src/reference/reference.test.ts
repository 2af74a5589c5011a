import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contracts, errors, type ServiceName } from '../index.js';
import { anchorOf, idOf } from './address.js';
import { asyncApi } from './asyncapi.js';
import { commentsOf } from './comments.js';
import { errorsPage } from './errors-page.js';
import { json } from './markdown.js';
import { messagesPage } from './messages-page.js';
import { permissionsPage } from './permissions-page.js';
import { classesOf, schemaOf } from './schema.js';
import { withMessages } from './service-tables.js';

const root = join(import.meta.dirname, '../../../..');
const generated = '../../../../docs/generated';
const sources = globSync(join(import.meta.dirname, '..', '**/*.ts'), { exclude: ['**/*.test.ts', '**/reference/**'] });
const comments = commentsOf(sources.map((file) => readFileSync(file, 'utf8')));
const classes = classesOf(contracts);

test('docs/generated/messages.md shows the contracts', () =>
  expect(messagesPage(contracts, comments)).toMatchFileSnapshot(`${generated}/messages.md`));

test('docs/generated/errors.md shows the table of errors', () => expect(errorsPage(errors)).toMatchFileSnapshot(`${generated}/errors.md`));

test('docs/generated/permissions.md shows the rights', () =>
  expect(permissionsPage(contracts)).toMatchFileSnapshot(`${generated}/permissions.md`));

test('docs/generated/asyncapi.json shows the contracts', () =>
  expect(`${json(asyncApi(contracts, comments))}\n`).toMatchFileSnapshot(`${generated}/asyncapi.json`));

test.each(classes.map((one) => [one.name, one] as const))('docs/generated/schemas/%s.json shows the class', (name, one) => {
  const schema = schemaOf(one, { comments, refOf: (nested) => `${nested.name}.json` });
  const text = json({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...schema });
  return expect(`${text}\n`).toMatchFileSnapshot(`${generated}/schemas/${name}.json`);
});

test('docs/generated/schemas holds no schema of a class that is gone', () =>
  expect(readdirSync(join(root, 'docs/generated/schemas')).toSorted()).toEqual(classes.map((one) => `${one.name}.json`).toSorted()));

test.each<ServiceName>(['api', 'scheduler', 'netd', 'host-agent'])('services/%s/README.md names its messages', (service) => {
  const file = join(root, 'services', service, 'README.md');
  return expect(withMessages(readFileSync(file, 'utf8'), service, contracts)).toMatchFileSnapshot(file);
});

test('a README without the markers is refused by name', () =>
  expect(() => withMessages('# api\n', 'api', contracts)).toThrow('services/api/README.md'));

test('the comments of the sources are found', () => {
  expect(comments.get('HostNetwork')).toContain('netd decides');
  expect(comments.get('DomainState.since')).toBe('When the state was entered. RFC 3339.');
});

test('no two contracts share an anchor or a name', () => {
  expect(new Set(contracts.map(anchorOf)).size).toBe(contracts.length);
  expect(new Set(contracts.map(idOf)).size).toBe(contracts.length);
});

const refsIn = (node: unknown): string[] => {
  if (node === null || typeof node !== 'object') return [];
  const own = '$ref' in node ? [String(node.$ref)] : [];
  return [...own, ...Object.values(node).flatMap(refsIn)];
};
/** A channel, of a reference to one of its messages. */
const channelOf = (ref: string): string => ref.split('/messages/')[0] ?? '';

describe('asyncapi', () => {
  const document: unknown = JSON.parse(JSON.stringify(asyncApi(contracts, comments)));
  const at = (pointer: string): unknown =>
    pointer
      .split('/')
      .slice(1)
      .reduce<unknown>((node, part) => (node === null || typeof node !== 'object' ? undefined : Reflect.get(node, part)), document);

  test('every reference is to something in the document', () => {
    const refs = refsIn(document);
    expect(refs.length).toBeGreaterThan(contracts.length);
    expect(refs.filter((ref) => !ref.startsWith('#/') || at(ref.slice(1)) === undefined)).toEqual([]);
  });

  test('an operation speaks of messages of its own channel, and its reply of messages of the reply channel', () => {
    for (const contract of contracts) {
      const one = at(`/operations/${idOf(contract)}`) as Record<string, { $ref: string }[] & { $ref: string }>;
      for (const message of one['messages'] ?? []) expect(channelOf(message.$ref)).toBe(one['channel']?.$ref);
      const reply = one['reply'] as unknown as { channel: { $ref: string }; messages: { $ref: string }[] } | undefined;
      for (const message of reply?.messages ?? []) expect(channelOf(message.$ref)).toBe(reply?.channel.$ref);
    }
  });

  test('every token of an address has its parameter', () => {
    for (const contract of contracts) {
      const { address, parameters = {} } = at(`/channels/${idOf(contract)}`) as { address: string; parameters?: object };
      expect(Object.keys(parameters)).toEqual(address.match(/(?<=\{)\w+(?=\})/g) ?? []);
    }
  });
});
