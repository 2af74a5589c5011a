import { Controller, Inject, Module } from '@nestjs/common';
import { jetstream } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { defineDomain, domainUndefined, listDomains, Refusal, type DefineDomain } from '@virtbus/contracts';
import { recordSpans, withSpan, type RecordedSpan, type SpanRecorder } from '@virtbus/telemetry';
import { eventually, recordedLog, startTestNats, type TestNats } from '@virtbus/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Bus, createService, Handle, type MessageContext, type RunningService } from './index.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const incoming = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const happening = { uuid, name: 'demo', detail: 'removed', at: '2026-11-21T10:00:00.000Z' };

@Controller()
class Handlers {
  constructor(@Inject(Bus) private readonly bus: Bus) {}

  @Handle(defineDomain)
  async define({ xml }: DefineDomain, context: MessageContext) {
    if (xml === 'refuse') throw new Refusal('xml_error', 'no');
    await this.bus.request(listDomains, {});
    await this.bus.publish(domainUndefined, happening, { tokens: { uuid }, causedBy: context.commandId });
    return { uuid, name: 'demo' };
  }

  @Handle(listDomains)
  list() {
    return { domains: [] };
  }
}
@Module({ controllers: [Handlers] })
class App {}

let recorder: SpanRecorder | undefined;
let nats: TestNats;
let service: RunningService;
let client: Bus;
let raw: NatsConnection;

beforeAll(async () => {
  nats = await startTestNats();
  service = await createService(App, { service: 'api', servers: nats.url, signals: false, log: recordedLog() });
  client = await Bus.connect({ servers: nats.url, name: 'client', owner: 'client' });
  raw = await connect({ servers: nats.url });
});
afterEach(() => {
  recorder?.stop();
  recorder = undefined;
});
afterAll(async () => {
  await service?.close();
  await Promise.all([client?.drain(), raw?.close()]);
  await nats?.stop();
});

const spanOf = (name: string): Promise<RecordedSpan> => eventually(() => recorder?.spans().find((span) => span.name === name));

/** The traceparent of the next message on a subject. */
async function nextTraceparent(subject: string, act: () => Promise<unknown>): Promise<string | undefined> {
  const seen: string[] = [];
  const subscription = raw.subscribe(subject, { callback: (_, message) => void seen.push(message.headers?.get('traceparent') ?? '') });
  await raw.flush();
  await act();
  await eventually(() => seen.length > 0);
  subscription.unsubscribe();
  return seen[0];
}

/** Sends a traced command and waits for its outcome: what follows from it is not to be heard by the next test. */
const sendTraced = async (): Promise<void> => {
  let finished = false;
  raw.subscribe('virtbus.v1.evt.operation.*.finished', { max: 1, callback: () => void (finished = true) });
  await raw.flush();
  const head = headers();
  head.set('traceparent', incoming);
  await jetstream(raw).publish(defineDomain.subject, '{"xml":"<domain/>"}', { headers: head, msgID: randomUUID() });
  await eventually(() => finished);
};

test.each([['the event'], ['the outcome'], ['the request']])(
  'without an SDK a trace that comes in goes out unchanged on %s',
  async (what) => {
    const subjects: Record<string, string> = {
      'the event': `virtbus.v1.evt.domain.${uuid}.undefined`,
      'the outcome': 'virtbus.v1.evt.operation.*.finished',
      'the request': listDomains.subject,
    };
    expect(await nextTraceparent(subjects[what]!, sendTraced)).toBe(incoming);
  },
);

test('without an SDK and without a trace no header is made up', async () => {
  expect(await nextTraceparent(`virtbus.v1.evt.domain.${uuid}.undefined`, () => client.run(defineDomain, { xml: '<domain/>' }))).toBe('');
});

test('one trace leads from the caller through the command, its handler and what that asks', async () => {
  recorder = await recordSpans();
  await withSpan('caller', {}, () => client.run(defineDomain, { xml: '<domain/>' }, { id: 'traced' }));
  const chain = [
    'caller',
    `run ${defineDomain.subject}`,
    `send ${defineDomain.subject}`,
    `process ${defineDomain.subject}`,
    `request ${listDomains.subject}`,
    `serve ${listDomains.subject}`,
  ];
  const spans = await Promise.all(chain.map(spanOf));
  expect(new Set(spans.map((span) => span.traceId)).size).toBe(1);
  expect(spans.slice(1).map((span) => span.parentSpanId)).toEqual(spans.slice(0, -1).map((span) => span.spanId));
  expect(spans[3]?.attributes).toMatchObject({
    'messaging.system': 'nats',
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'messaging.destination.name': defineDomain.subject,
    'messaging.destination.template': defineDomain.subject,
    'messaging.consumer.group.name': 'cmd_domain_define',
    'messaging.message.conversation_id': 'traced',
    'virtbus.delivery.count': 1,
  });
});

test('a refusal is the error.type of the spans on both sides', async () => {
  recorder = await recordSpans();
  await expect(client.run(defineDomain, { xml: 'refuse' })).rejects.toThrow('no');
  for (const side of ['run', 'process'])
    expect((await spanOf(`${side} ${defineDomain.subject}`)).attributes['error.type']).toBe('xml_error');
});
