import { Refusal, type CreateToken, type TokenRecord } from '@virtbus/contracts';
import { beforeEach, expect, test } from 'vitest';
import { TokenRunner } from './token.runner.js';

const given: CreateToken = { id: '5f2c9a7b1e3d4c60', name: 'ci', role: 'operator', hash: 'h'.repeat(43) };
let kept: Map<string, TokenRecord>;
let runner: TokenRunner;
beforeEach(() => {
  kept = new Map();
  const records = {
    get: async ({ id }: { readonly id: string }) => (kept.has(id) ? { value: kept.get(id)!, revision: 1 } : undefined),
    create: async (record: TokenRecord) => !kept.has(record.id) && kept.set(record.id, record) !== undefined,
    remove: async (id: string) => void kept.delete(id),
  };
  runner = new TokenRunner(records, () => 'now');
});
const code = (act: Promise<unknown>) =>
  act.then(
    () => 'done',
    (thrown: unknown) => (thrown instanceof Refusal ? thrown.code : thrown),
  );

const scram = { salt: `${'s'.repeat(22)}==`, iterations: 4096, storedKey: `${'k'.repeat(43)}=`, serverKey: `${'v'.repeat(43)}=` } as const;

test('a token is kept, and neither its hash nor its keys are told', async () => {
  const told = await runner.create({ ...given, scram });
  expect(told).toEqual({ id: given.id, name: 'ci', role: 'operator', createdAt: 'now' });
  expect(kept.get(given.id)).toMatchObject({ hash: given.hash, scram });
});

test('the same command again finds its own token', async () => {
  await runner.create(given);
  expect(await code(runner.create(given))).toBe('done');
});

test.each<[string, Partial<CreateToken>, string]>([
  ['the id of another token', { hash: 'x'.repeat(43) }, 'operation_failed'],
  ['a grant that is none', { grants: ['moon'] }, 'payload_invalid'],
  ['an end that is no instant', { expiresAt: 'tomorrow' }, 'payload_invalid'],
  ['a list without a project', { projects: [] }, 'payload_invalid'],
])('refuses %s', async (_, change, expected) => {
  await runner.create(given);
  expect(await code(runner.create({ ...given, ...change }))).toBe(expected);
});

test('a revoked token is gone, and there is none to revoke again', async () => {
  await runner.create(given);
  expect(await code(runner.revoke(given.id))).toBe('done');
  expect(await code(runner.revoke(given.id))).toBe('no_token');
});
