import { Controller, Module } from '@nestjs/common';
import { AckPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import {
  cordonHost,
  decode,
  defineDomain,
  operationFinished,
  Refusal,
  shutdownPlacedDomain,
  startPlacedDomain,
  streams,
  type DefineDomain,
  type HostRef,
  type Outcome,
  type PlacedDomain,
} from '@virtbus/contracts';
import { eventually, recordedLog, startTestNats, type TestNats } from '@virtbus/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Bus, createService, Handle, handedOn, RetryLater, type MessageContext, type RunningService } from './index.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const hostId = `h${randomUUID().slice(0, 8)}`;

/** What the handlers do; a test says so. */
let onDefine: (command: DefineDomain, context: MessageContext) => Promise<{ uuid: string; name: string } | typeof handedOn>;
let calls: MessageContext[] = [];

@Controller()
class ApiHandlers {
  @Handle(defineDomain)
  define(command: DefineDomain, context: MessageContext) {
    calls.push(context);
    return onDefine(command, context);
  }

  @Handle(cordonHost)
  cordon(_command: HostRef): object {
    return {};
  }
}

@Controller()
class HostHandlers {
  @Handle(startPlacedDomain)
  start({ uuid: of, name }: PlacedDomain) {
    return { uuid: of, name };
  }
}

@Module({ controllers: [ApiHandlers] })
class ApiModule {}
@Module({ controllers: [HostHandlers] })
class HostModule {}

const log = recordedLog();
let nats: TestNats;
let client: Bus;
let services: RunningService[] = [];
let raw: NatsConnection;

const startApi = async (): Promise<RunningService> => {
  const service = await createService(ApiModule, { service: 'api', servers: nats.url, signals: false, log });
  services.push(service);
  return service;
};

/** Everything that the events stream holds about a command. */
async function outcomesOf(commandId: string): Promise<Outcome[]> {
  const jsm = await jetstreamManager(raw);
  const subject = `virtbus.v1.evt.operation.${commandId}.finished`;
  const { state } = await jsm.streams.info(streams.events.name, { subjects_filter: subject });
  const found: Outcome[] = [];
  for (let left = state.subjects?.[subject] ?? 0, seq = 1; left > 0; left -= 1) {
    const message = await jsm.streams.getMessage(streams.events.name, { seq, next_by_subj: subject } as { seq: number });
    found.push(decode(operationFinished.payload, message!.data));
    seq = message!.seq + 1;
  }
  return found;
}

const outcomeOf = (commandId: string): Promise<Outcome> => eventually(async () => (await outcomesOf(commandId))[0]);

async function deadLetter(subject: string) {
  const jsm = await jetstreamManager(raw);
  return jsm.streams.getMessage(streams.deadLetters.name, { last_by_subj: `virtbus.v1.dead.${subject}` });
}

/** Sends a command and lets it be delivered `times` to a process that says nothing. */
async function deliverInVain(id: string, times: number): Promise<void> {
  await (await startApi()).close();
  await client.send(defineDomain, { xml: '<domain/>' }, { id });
  const consumer = await jetstream(raw).consumers.get(streams.commands.name, 'cmd_domain_define');
  for (let death = 0; death < times; death += 1) (await consumer.next({ expires: 2_000 }))?.nak();
}

/** How many commands wait or are being handled. */
const waiting = async (): Promise<number> => {
  const jsm = await jetstreamManager(raw);
  return (await jsm.streams.info(streams.commands.name)).state.messages;
};

beforeAll(async () => {
  nats = await startTestNats();
  client = await Bus.connect({ servers: nats.url, name: 'test', owner: 'client', log });
  raw = await connect({ servers: nats.url });
});
afterAll(async () => {
  await client?.drain();
  await raw?.close();
  await nats?.stop();
});
beforeEach(() => {
  calls = [];
  onDefine = async (_, { commandId }) => ({ uuid, name: commandId });
});
afterEach(async () => {
  await Promise.all(services.map((service) => service.close()));
  services = [];
  const jsm = await jetstreamManager(raw);
  await jsm.streams.purge(streams.commands.name);
  await jsm.streams.purge(streams.deadLetters.name);
});

describe('a command that cannot be carried out', () => {
  test('whose payload has a bad field ends in an outcome that names it, and a dead letter', async () => {
    await startApi();
    const id = randomUUID();
    const refusal = client.run(defineDomain, { xml: 7 } as unknown as DefineDomain, { id });
    await expect(refusal).rejects.toMatchObject({ code: 'payload_invalid', path: 'xml' });
    const dead = await deadLetter(defineDomain.subject);
    expect(dead?.string()).toBe('{"xml":7}');
    expect(dead?.header.get('Virtbus-Dead-Reason')).toMatch(/xml/);
    expect(dead?.header.get('Virtbus-Dead-Code')).toBe('payload_invalid');
    expect(dead?.header.get('ce-id')).toBe(id);
    expect(calls).toEqual([]);
    await eventually(async () => (await waiting()) === 0);
  });

  test.each<[string, string]>([
    ['that is no JSON', '<domain/>'],
    ['that is a list', '[]'],
    ['that is over the limit', JSON.stringify({ xml: 'x'.repeat(3 * 1024 * 1024) })],
  ])('with a payload %s ends in an outcome', async (_, body) => {
    await startApi();
    const id = randomUUID();
    await jetstream(raw).publish(defineDomain.subject, body, { msgID: id });
    const { ok, error } = await outcomeOf(id);
    expect(ok).toBe(false);
    expect(['payload_invalid', 'payload_too_large']).toContain(error?.code);
  });

  test('is put aside though its headers were meant for its own stream alone', async () => {
    await startApi();
    const id = randomUUID();
    await jetstream(raw).publish(defineDomain.subject, '[]', { msgID: id, expect: { streamName: streams.commands.name } });
    await outcomeOf(id);
    expect((await deadLetter(defineDomain.subject))?.string()).toBe('[]');
  });

  test('because its handler refuses it ends in that refusal, once, and is no dead letter', async () => {
    onDefine = () => Promise.reject(new Refusal('xml_error', 'XML error: no name', { path: '/domain', libvirt: 21 }));
    await startApi();
    const id = randomUUID();
    await expect(client.run(defineDomain, { xml: '<domain/>' }, { id })).rejects.toMatchObject({
      code: 'xml_error',
      message: 'XML error: no name',
      path: '/domain',
      libvirt: 21,
    });
    expect((await outcomesOf(id))[0]?.error?.fault).toBe('caller');
    expect(await deadLetter(defineDomain.subject)).toBeNull();
    expect(calls).toHaveLength(1);
  });

  test('because its handler has a bug is a dead letter after the sixth delivery, and ends in an internal outcome', async () => {
    onDefine = () => Promise.reject(new TypeError('x is undefined'));
    const id = randomUUID();
    await deliverInVain(id, 5);
    await startApi();
    const { error } = await outcomeOf(id);
    expect(error).toMatchObject({ code: 'internal', fault: 'us' });
    expect(error?.message).not.toContain('undefined');
    expect(calls.map((context) => context.deliveryCount)).toEqual([6]);
    expect((await deadLetter(defineDomain.subject))?.header.get('Virtbus-Dead-Reason')).toContain('x is undefined');
    expect(log.lines.join('\n')).toContain('x is undefined');
    await eventually(async () => (await waiting()) === 0);
  });

  test('because its handler kills the process each time is put aside without being called again', async () => {
    const id = randomUUID();
    await deliverInVain(id, 6);
    await startApi();
    expect((await outcomeOf(id)).error).toMatchObject({ code: 'internal' });
    expect((await deadLetter(defineDomain.subject))?.header.get('Virtbus-Dead-Deliveries')).toBe('7');
    expect(calls).toEqual([]);
  });

  test('whose deadline is over is never begun', async () => {
    await startApi();
    const late = client.run(defineDomain, { xml: '<domain/>' }, { deadline: new Date(Date.now() - 1) });
    await expect(late).rejects.toMatchObject({ code: 'deadline_passed' });
    expect(calls).toEqual([]);
  });

  test('that no service takes within the time that is waited ends the waiting with words that say so', async () => {
    const lonely = client.run(defineDomain, { xml: '<domain/>' }, { timeoutMs: 50 });
    await expect(lonely).rejects.toMatchObject({ code: 'service_unreachable', message: expect.stringContaining('api') as string });
  });

  test('is waited for only as long as the caller wants', async () => {
    const stop = new AbortController();
    const waitingFor = client.run(defineDomain, { xml: '<domain/>' }, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waitingFor).rejects.toThrow('enough');
  });
});

describe('a command that is carried out', () => {
  test('is tried again after a fault that passes', async () => {
    onDefine = async (_, { deliveryCount }) => {
      if (deliveryCount === 1) throw new Error('not yet');
      return { uuid, name: 'second try' };
    };
    await startApi();
    const id = randomUUID();
    expect(await client.run(defineDomain, { xml: '<domain/>' }, { id })).toEqual({ uuid, name: 'second try' });
    expect(calls.map((context) => context.commandId)).toEqual([id, id]);
    expect(await outcomesOf(id)).toHaveLength(1);
  });

  test('has one outcome, with the reply', async () => {
    await startApi();
    const id = randomUUID();
    expect(await client.run(defineDomain, { xml: '<domain/>' }, { id })).toEqual({ uuid, name: id });
    expect(await outcomesOf(id)).toEqual([
      expect.objectContaining({ commandId: id, command: defineDomain.subject, ok: true, result: { uuid, name: id } }),
    ]);
  });

  test('is kept once when it is sent twice, and both senders get the outcome', async () => {
    await startApi();
    const id = randomUUID();
    expect(await client.send(defineDomain, { xml: '<domain/>' }, { id })).toEqual({ commandId: id, duplicate: false });
    await outcomeOf(id);
    expect(await client.send(defineDomain, { xml: '<domain/>' }, { id })).toEqual({ commandId: id, duplicate: true });
    expect(await client.run(defineDomain, { xml: '<domain/>' }, { id })).toEqual({ uuid, name: id });
    expect(calls).toHaveLength(1);
    expect(await outcomesOf(id)).toHaveLength(1);
  });

  test('has one outcome even when two messages of one id were kept', async () => {
    await startApi();
    const id = randomUUID();
    const head = headers();
    head.set('ce-id', id);
    for (let turn = 0; turn < 2; turn += 1) await jetstream(raw).publish(defineDomain.subject, '{"xml":"<domain/>"}', { headers: head });
    await eventually(async () => calls.length === 2 && (await waiting()) === 0);
    expect(await outcomesOf(id)).toHaveLength(1);
  });

  test('is only acknowledged when it is delivered again after its outcome', async () => {
    const first = await startApi();
    const id = randomUUID();
    await first.close();
    await client.send(defineDomain, { xml: '<domain/>' }, { id });
    const consumer = await jetstream(raw).consumers.get(streams.commands.name, 'cmd_domain_define');
    const delivered = await consumer.next({ expires: 2_000 });
    await jetstream(raw).publish(
      `virtbus.v1.evt.operation.${id}.finished`,
      JSON.stringify({ commandId: id, command: 'x', ok: true, at: 'now' }),
    );
    delivered?.nak();
    await startApi();
    await eventually(async () => (await waiting()) === 0);
    expect(calls).toEqual([]);
    expect(await outcomesOf(id)).toHaveLength(1);
  });

  test('may ask for another try, which counts as no failure', async () => {
    let tries = 0;
    onDefine = async () => {
      tries += 1;
      if (tries < 9) throw new RetryLater(5);
      return { uuid, name: 'late' };
    };
    await startApi();
    expect(await client.run(defineDomain, { xml: '<domain/>' })).toEqual({ uuid, name: 'late' });
    expect(new Set(calls.map((context) => context.deliveryCount))).toEqual(new Set([1]));
  });

  test('that asks for another try until its deadline ends in the cause', async () => {
    onDefine = () => Promise.reject(new RetryLater(20, new Refusal('unschedulable', 'no host')));
    await startApi();
    const never = client.run(defineDomain, { xml: '<domain/>' }, { deadline: new Date(Date.now() + 200) });
    await expect(never).rejects.toMatchObject({ code: 'unschedulable' });
    expect(calls.length).toBeGreaterThan(2);
  });

  test('that waits for another try is given back when the service closes', async () => {
    onDefine = () => Promise.reject(new RetryLater(60_000));
    const first = await startApi();
    const id = randomUUID();
    await client.send(defineDomain, { xml: '<domain/>' }, { id, deadline: new Date(Date.now() + 600_000) });
    await eventually(() => calls.length === 1);
    await first.close();
    onDefine = async () => ({ uuid, name: 'second' });
    await startApi();
    expect((await outcomeOf(id)).result).toEqual({ uuid, name: 'second' });
  });

  test('for a host reaches that host, and one that the host does not know is refused', async () => {
    const host = await createService(HostModule, { service: 'host-agent', tokens: { hostId }, servers: nats.url, signals: false, log });
    services.push(host);
    const order = { uuid, name: 'demo', epoch: 1, xml: '<domain/>', id: 1, persistent: true };
    expect(await client.run(startPlacedDomain, order, { tokens: { hostId } })).toEqual({ uuid, name: 'demo' });
    const unknown = client.run(shutdownPlacedDomain, { uuid, name: 'demo', epoch: 1 }, { tokens: { hostId } });
    await expect(unknown).rejects.toMatchObject({ code: 'operation_unsupported' });
  });

  test('that is handed on settles under its first id', async () => {
    const host = await createService(HostModule, { service: 'host-agent', tokens: { hostId }, servers: nats.url, signals: false, log });
    services.push(host);
    const service = await startApi();
    onDefine = async (_, { commandId }) => {
      const order = { uuid, name: 'handed on', epoch: 1, xml: '<domain/>', id: 1, persistent: true };
      await service.bus.send(startPlacedDomain, order, { tokens: { hostId }, id: `${commandId}.host`, causedBy: commandId });
      return handedOn;
    };
    const id = randomUUID();
    expect(await client.run(defineDomain, { xml: '<domain/>' }, { id })).toEqual({ uuid, name: 'handed on' });
    expect(await outcomesOf(id)).toEqual([expect.objectContaining({ command: `virtbus.v1.host.${hostId}.cmd.domain.start` })]);
    await eventually(async () => (await waiting()) === 0);
  });
});

describe('a producer without this library', () => {
  test('that sends nothing but JSON finds its outcome by the sequence that JetStream answers with', async () => {
    await startApi();
    const { seq } = await jetstream(raw).publish(defineDomain.subject, '{"xml":"<domain/>"}');
    expect(await outcomeOf(`seq-${seq}`)).toMatchObject({ ok: true, result: { name: `seq-${seq}` } });
  });

  test('may use any id', async () => {
    await startApi();
    await jetstream(raw).publish(defineDomain.subject, '{"xml":"<domain/>"}', { msgID: 'order 66.a > *' });
    const { commandId } = calls[0] ?? (await eventually(() => calls[0]));
    expect(commandId).toMatch(/^h-[\w-]{43}$/);
    expect((await outcomeOf(commandId)).ok).toBe(true);
  });

  test('may say when it must be begun', async () => {
    await startApi();
    const head = headers();
    head.set('ce-deadline', '2001-01-01T00:00:00Z');
    const { seq } = await jetstream(raw).publish(defineDomain.subject, '{"xml":"<domain/>"}', { headers: head });
    expect((await outcomeOf(`seq-${seq}`)).error?.code).toBe('deadline_passed');
  });
});

test('a command that nobody knows is refused by the stream', async () => {
  await expect(jetstream(raw).publish('virtbus.v1.cmd.domain.strat', '{}', { timeout: 2_000 })).rejects.toThrow();
});

test('a consumer of a work queue takes no second one beside it: the names are what the services agree on', async () => {
  await startApi();
  const jsm = await jetstreamManager(raw);
  const other = jsm.consumers.add(streams.commands.name, {
    durable_name: 'x',
    filter_subject: defineDomain.subject,
    ack_policy: AckPolicy.Explicit,
  });
  await expect(other).rejects.toThrow();
});
