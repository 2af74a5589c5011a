import { operationFinished, writeAsked, type AuditRecord, type Outcome } from '@virtbus/contracts';
import { expect, test } from 'vitest';
import { callThatEnded, idsAbove, PlainSenders } from './plain-senders.handlers.js';

const { commandId, at } = operationFinished.example;

test.each([
  ['virtbus.v1.cmd.domain.start', 'virtbus.v1.cmd.domain.start'],
  ['virtbus.v1.host.host-a.cmd.domain.start', 'virtbus.v1.cmd.domain.start'],
  ['virtbus.v1.cmd.network.define', 'virtbus.v1.cmd.network.define'],
  // The host's part of a change that ends elsewhere.
  ['virtbus.v1.host.host-a.cmd.domain.setmemory', undefined],
  ['virtbus.v1.req.secret.setvalue', undefined],
  ['virtbus.v1.cmd.domain.sing', undefined],
])('%s was called as %s', (subject, call) => expect(callThatEnded(subject)).toBe(call));

test('an id may be a part of another', () => {
  expect(idsAbove('a.b.live')).toEqual(['a.b.live', 'a.b', 'a']);
});

/** What is published of an outcome while the audits hold what they hold. */
async function told(
  outcome: Partial<Outcome>,
  held: Readonly<Record<string, string>> = {},
  base: object = operationFinished.example,
): Promise<unknown[]> {
  const published: unknown[] = [];
  const senders = new PlainSenders({
    lastEvent: async (_, tokens) => {
      const who = held[(tokens as { readonly commandId: string }).commandId];
      return who === undefined ? undefined : ({ ...writeAsked.example, who } as never);
    },
    publish: async (_, ...[record]) => void published.push(record),
  });
  await senders.tell({ ...base, ...outcome } as Outcome);
  return published;
}

const record: Partial<AuditRecord> = { commandId, who: 'nats', via: 'message', call: 'virtbus.v1.cmd.domain.start', allowed: true, at };

test('what no gateway has told of is told, well ended or not', async () => {
  expect(await told({})).toEqual([expect.objectContaining({ ...record, object: expect.any(String) })]);
  const error = { code: 'no_domain', message: '', libvirt: 42, domain: 10, fault: 'caller' } as const;
  const { result: _, ...rest } = operationFinished.example;
  const [refused] = await told({ ...rest, ok: false, error }, {}, {});
  expect(refused).toMatchObject({ call: 'virtbus.v1.cmd.domain.start', allowed: true });
  expect(refused).not.toHaveProperty('object');
});

test('what a gateway has told of is not told again, nor is a part of it', async () => {
  expect(await told({}, { [commandId]: 'token:ci' })).toEqual([]);
  expect(await told({ commandId: `${commandId}.start` }, { [commandId]: 'token:ci' })).toEqual([]);
  expect(await told({ commandId: 'elsewhere' }, { [commandId]: 'token:ci' })).toHaveLength(1);
});

test('an id below one that was sent the same way hides nothing', async () => {
  expect(await told({ commandId: 'job.2' }, { job: 'nats' })).toHaveLength(1);
});
