import { headers, type Msg } from '@nats-io/transport-node';
import { defineDomain, startPlacedDomain, streams } from '@virtbus/contracts';
import { expect, test } from 'vitest';
import { Delivery } from './delivery.js';
import { commandIdOf, contextOf } from './identity.js';
import { operationToken } from './operation-token.js';

const keptAt = 1_795_000_000_000;

function delivery(head: Record<string, string>, subject: string = defineDomain.subject): Delivery {
  const sealed = headers();
  for (const [name, value] of Object.entries(head)) sealed.set(name, value);
  const reply = `$JS.ACK.S.c.2.17.5.${keptAt}000000.3`;
  return Delivery.of({ subject, data: new Uint8Array(), headers: sealed, reply } as unknown as Msg)!;
}

test.each<[string, Record<string, string>, string]>([
  ['of the command that it was handed on for', { 'ce-commandid': 'first', 'Nats-Msg-Id': 'second', 'ce-id': 'third' }, 'first'],
  ['of the message', { 'Nats-Msg-Id': 'second', 'ce-id': 'third' }, 'second'],
  ['of the CloudEvent', { 'ce-id': 'third' }, 'third'],
  ['made of its place in the stream', {}, 'seq-17'],
  ['made of its place when the header is empty', { 'ce-id': '' }, 'seq-17'],
  ['that was made a token', { 'ce-id': 'a.b' }, operationToken('a.b')],
])('the id of a command is the one %s', (_, head, id) => {
  expect(commandIdOf(delivery(head), streams.commands.name)).toBe(id);
});

test('places in two streams are told apart', () => {
  expect(commandIdOf(delivery({}), streams.hosts.name)).not.toBe(commandIdOf(delivery({}), streams.commands.name));
});

test.each<[string, Record<string, string>, Date]>([
  ['says', { 'ce-deadline': '2026-11-21T10:00:00Z' }, new Date('2026-11-21T10:00:00Z')],
  ['says nothing of', {}, new Date(keptAt + defineDomain.deadlineMs)],
  ['says what is no instant', { 'ce-deadline': 'soon' }, new Date(keptAt + defineDomain.deadlineMs)],
])('the deadline, when the sender %s', (_, head, expected) => {
  expect(contextOf(defineDomain, delivery(head), streams.commands.name).deadline).toEqual(expected);
});

test('the tokens are read from the subject', () => {
  const { tokens, deliveryCount, sequence } = contextOf(
    startPlacedDomain,
    delivery({}, 'virtbus.v1.host.a.cmd.domain.start'),
    streams.hosts.name,
  );
  expect({ tokens, deliveryCount, sequence }).toEqual({ tokens: { hostId: 'a' }, deliveryCount: 2, sequence: 17 });
});
