import { beforeEach, expect, test } from 'vitest';
import { Refusal, type SecretRecord, type SecretValue } from '@virtbus/contracts';
import { countingClock, MemoryKept, MemoryNames } from '../testing.js';
import { SecretRunner } from './secret.runner.js';

const uuid = (digit: string): string => `${digit.repeat(8)}-2222-3333-4444-555555555555`;
const secret = (id: string, name: string, { ephemeral = 'no', priv = 'no' } = {}): string =>
  `<secret ephemeral='${ephemeral}' private='${priv}'><uuid>${uuid(id)}</uuid><usage type='ceph'><name>${name}</name></usage></secret>`;

let records: MemoryKept<SecretRecord>;
let usages: MemoryNames;
let values: Map<string, SecretValue>;
let runner: SecretRunner;

beforeEach(() => {
  records = new MemoryKept();
  usages = new MemoryNames();
  values = new Map();
  const kept = {
    get: async (id: string) => values.get(id),
    put: async (id: string, value: SecretValue) => void values.set(id, value),
    remove: async (id: string) => void values.delete(id),
  };
  runner = new SecretRunner(records, usages, kept, countingClock());
});

const refused = async (answer: Promise<unknown>): Promise<Refusal> => {
  const thrown: unknown = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof Refusal)) throw new Error('nothing was refused', { cause: thrown });
  return thrown;
};

test('a secret is defined, defined again, given a value and forgotten with it', async () => {
  expect(await runner.define(secret('1', 'disk'))).toEqual({ uuid: uuid('1'), name: 'disk', usageType: 'ceph' });
  await runner.setValue(uuid('1'), 'c2VjcmV0');
  await runner.define(secret('1', 'disk'));
  expect(await runner.value(uuid('1'))).toBe('c2VjcmV0');
  expect(JSON.stringify([...records.entries.values()])).not.toContain('c2VjcmV0');
  await runner.undefine(uuid('1'));
  expect([records.entries.size, usages.held.size, values.size]).toEqual([0, 0, 0]);
});

test('a secret without a usage keeps no name', async () => {
  await runner.define(`<secret><uuid>${uuid('1')}</uuid></secret>`);
  await runner.define(`<secret><uuid>${uuid('2')}</uuid></secret>`);
  expect([records.entries.size, usages.held.size]).toEqual([2, 0]);
});

test.each<[string, string, string, number, string]>([
  ['another use', secret('1', 'other'), 'operation_failed', 1, `a secret with UUID ${uuid('1')} is already defined for use with disk`],
  ['a use that is taken', secret('2', 'disk'), 'operation_failed', 1, `a secret with UUID ${uuid('1')} already defined for use with disk`],
  ['a private one made public', secret('3', 'hidden'), 'operation_failed', 1, 'cannot change private flag on existing secret'],
  ['an ephemeral one', secret('4', 'short', { ephemeral: 'yes' }), 'config_unsupported', 67, 'ephemeral secrets'],
  ['bad XML', '<secret><usage type="x"/></secret>', 'config_unsupported', 67, 'unknown secret usage type x'],
])('refuses %s', async (_, xml, code, libvirt, words) => {
  await runner.define(secret('1', 'disk'));
  await runner.define(secret('3', 'hidden', { priv: 'yes' }));
  expect(await refused(runner.define(xml))).toMatchObject({ code, libvirt, message: expect.stringContaining(words) });
});

test.each<[string, string | undefined, string | undefined, boolean]>([
  ['by whom no project binds', 'blue', undefined, true],
  ['by its own project', 'blue', 'blue', true],
  ['by another project', 'blue', 'red', false],
  ['by a project, and the fleet has it', undefined, 'red', false],
])('a use that is taken is refused %s', async (_, holders, callers, isTold) => {
  await runner.define(secret('1', 'disk'), holders);
  const { message } = await refused(runner.define(secret('2', 'disk'), callers));
  expect(message).toContain('already defined for use with disk');
  expect(message.includes(uuid('1'))).toBe(isTold);
  expect(usages.held.size).toBe(1);
});

test.each<[string, string, string, number, string]>([
  ['one without a value', uuid('1'), 'no_secret', 66, 'does not have a value'],
  ['a private one', uuid('3'), 'operation_invalid', 65, 'secret is private'],
  ['none at all', uuid('9'), 'no_secret', 66, 'no secret with matching uuid'],
])('gives no value of %s', async (_, id, code, libvirt, words) => {
  await runner.define(secret('1', 'disk'));
  await runner.define(secret('3', 'hidden', { priv: 'yes' }));
  await runner.setValue(uuid('3'), 'c2VjcmV0');
  expect(await refused(runner.value(id))).toMatchObject({ code, libvirt, message: expect.stringContaining(words) });
});

test('a value has a secret, and what is gone is not forgotten twice', async () => {
  expect((await refused(runner.setValue(uuid('1'), 'YQ=='))).code).toBe('no_secret');
  expect((await refused(runner.undefine(uuid('1')))).code).toBe('no_secret');
  expect(values.size).toBe(0);
});

test('a secret stays its project’s, and another project learns no more than that the UUID is taken', async () => {
  await runner.define(secret('1', 'disk'), 'blue');
  expect((await refused(runner.define(secret('1', 'disk'), 'red'))).message).toBe(
    `internal error: a secret with UUID ${uuid('1')} is already defined`,
  );
  await runner.define(secret('1', 'disk'), 'blue');
  await runner.define(secret('1', 'disk'));
  await runner.define(secret('2', 'fleet'));
  expect([...records.entries.values()].map(({ value }) => value.project)).toEqual(['blue', undefined]);
});

test('what was the fleet’s own does not become a project’s', async () => {
  await runner.define(secret('1', 'disk'));
  expect((await refused(runner.define(secret('1', 'disk'), 'blue'))).code).toBe('operation_failed');
});
