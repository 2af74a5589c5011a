import { Controller, Module } from '@nestjs/common';
import { defineDomain, operationFinished, Refusal, type DefineDomain } from '@virtbus/contracts';
import { eventually, recordedLog, startTestNats, type TestNats } from '@virtbus/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bus, createService, Handle, type RunningService } from './index.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';

@Controller()
class ApiHandlers {
  @Handle(defineDomain)
  async define({ xml }: DefineDomain) {
    if (xml === 'bad') throw new Refusal('xml_error', 'XML error: bad');
    if (xml === 'slow') await new Promise((resolve) => setTimeout(resolve, 600));
    return { uuid, name: xml };
  }
}
@Module({ controllers: [ApiHandlers] })
class ApiModule {}

const log = recordedLog();
let nats: TestNats;
let service: RunningService;
let client: Bus;
beforeAll(async () => {
  nats = await startTestNats();
  service = await createService(ApiModule, { service: 'api', servers: nats.url, signals: false, log });
  client = await Bus.connect({ servers: nats.url, name: 'test', owner: 'client', log });
});
afterAll(async () => {
  await client?.drain();
  await service?.close();
  await nats?.stop();
});

test('an order that ends in time has its outcome, and a refusal is one', async () => {
  expect(await client.order(defineDomain, { xml: 'a' }, { waitMs: 5_000 })).toMatchObject({ outcome: { ok: true, result: { name: 'a' } } });
  expect(await client.order(defineDomain, { xml: 'bad' }, { waitMs: 5_000 })).toMatchObject({
    outcome: { ok: false, error: { code: 'xml_error' } },
  });
});

test('an order that takes longer is under way, and its outcome can be waited for later, as often as one likes', async () => {
  const id = randomUUID();
  expect(await client.order(defineDomain, { xml: 'slow' }, { id, waitMs: 50 })).toEqual({ commandId: id });
  expect(await client.outcome(id)).toBeUndefined();
  expect(await client.outcome(id, 5_000)).toMatchObject({ ok: true });
  expect(await client.outcome(id)).toMatchObject({ ok: true });
});

test('an order that nobody waits for is under way at once', async () => {
  const { commandId, outcome } = await client.order(defineDomain, { xml: 'b' }, { waitMs: 0 });
  expect(outcome).toBeUndefined();
  await eventually(async () => (await client.outcome(commandId))?.ok === true);
});

test('a second order with the id of one that has ended has the same outcome', async () => {
  const id = randomUUID();
  await client.order(defineDomain, { xml: 'first' }, { id, waitMs: 5_000 });
  expect(await client.order(defineDomain, { xml: 'second' }, { id, waitMs: 5_000 })).toMatchObject({
    outcome: { result: { name: 'first' } },
  });
});

test('a command that was never sent has no outcome, and is waited for as long as one says', async () => {
  expect(await client.outcome('never', 100)).toBeUndefined();
});

test('the last event of a subject', async () => {
  const { commandId } = await client.order(defineDomain, { xml: 'c' }, { waitMs: 5_000 });
  expect(await client.lastEvent(operationFinished, { commandId })).toMatchObject({ commandId, ok: true });
  expect(await client.lastEvent(operationFinished, { commandId: 'never' })).toBeUndefined();
});
