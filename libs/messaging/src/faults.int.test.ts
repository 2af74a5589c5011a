import { Controller, Module } from '@nestjs/common';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import {
  defineDomain,
  domainDefined,
  domainUndefined,
  hostWishes,
  listDomains,
  operationFinished,
  streams,
  type DefineDomain,
  type DomainHappening,
} from '@virtbus/contracts';
import { endWithTest, eventually, recordedLog } from '@virtbus/testing';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linkOf } from './bus.js';
import { deferred } from './deferred.js';
import { ACK_WAIT_MS } from './durable.js';
import { shapes } from './provision.js';
import { Bus, createService, Handle, startNatsServer, type MessageContext, type RunningNatsServer, type RunningService } from './index.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const happening = { uuid, name: 'demo', detail: 'added', at: '2026-11-21T10:00:00.000Z' };
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let onDefine: (command: DefineDomain, context: MessageContext) => Promise<{ uuid: string; name: string }>;
let onEvent: (happening: DomainHappening, context: MessageContext) => Promise<void>;

@Controller()
class Handlers {
  @Handle(defineDomain)
  define(command: DefineDomain, context: MessageContext) {
    return onDefine(command, context);
  }

  @Handle(listDomains)
  list() {
    return { domains: [] };
  }

  @Handle(domainDefined)
  defined(event: DomainHappening, context: MessageContext) {
    return onEvent(event, context);
  }
}

@Module({ controllers: [Handlers] })
class App {}

let directory: string;
let port: number;
let server: RunningNatsServer;
let log = recordedLog();
let open: { close(): Promise<void> }[] = [];

/** A port that nobody has, for a server that comes later. */
const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? address!.port : 0));
    });
  });

const url = (): string => `nats://127.0.0.1:${port}`;
const startServer = async (): Promise<void> => {
  server = await startNatsServer({ directory, port });
  endWithTest(server.pid, directory);
};
const killServer = async (): Promise<void> => {
  process.kill(server.pid, 'SIGKILL');
  await server.exited;
};

async function startService(): Promise<RunningService> {
  const service = await createService(App, { service: 'api', servers: url(), signals: false, log });
  open.push(service);
  return service;
}

async function startClient(): Promise<Bus> {
  const bus = await Bus.connect({ servers: url(), name: 'client', owner: 'client', log });
  open.push({ close: () => bus.drain() });
  return bus;
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'virtbus-faults-'));
  port = await freePort();
  log = recordedLog();
  onDefine = async (_, { commandId }) => ({ uuid, name: commandId });
  onEvent = async () => undefined;
});
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
  await server?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('without a server', () => {
  test('a connection waits for one, says so, and goes on when it comes', async () => {
    const waiting = startService();
    await eventually(() => log.lines.some((line) => line.includes(`waiting for nats-server at ${url()}`)));
    await startServer();
    await waiting;
    expect(await (await startClient()).request(listDomains, {})).toEqual({ domains: [] });
  });

  test('the waiting can be ended', async () => {
    const stop = new AbortController();
    const waiting = Bus.connect({ servers: url(), name: 'x', owner: 'client', signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 20);
    await expect(waiting).rejects.toThrow('enough');
  });
});

describe('a server that is killed and started again', () => {
  test('loses no command: each is carried out and has its outcome', async () => {
    await startServer();
    const seen = new Map<string, number>();
    onDefine = async (_, { commandId }) => {
      seen.set(commandId, (seen.get(commandId) ?? 0) + 1);
      await sleep(2);
      return { uuid, name: commandId };
    };
    await startService();
    const client = await startClient();
    const ids = Array.from({ length: 200 }, (_, index) => `c${index}-${randomUUID().slice(0, 8)}`);
    const running = Promise.all(
      ids.map(async (id, index) => {
        await sleep(index * 5);
        return client.run(defineDomain, { xml: '<domain/>' }, { id });
      }),
    );
    await sleep(300);
    await killServer();
    await sleep(200);
    await startServer();
    expect((await running).map(({ name }) => name)).toEqual(ids);
    expect([...seen.keys()].toSorted()).toEqual(ids.toSorted());
    // What was being handled at that moment may come twice, nothing else.
    expect([...seen.values()].filter((times) => times > 1).length).toBeLessThan(70);
  }, 60_000);

  test('loses no event for a live view, and brings none twice', async () => {
    await startServer();
    const { bus } = await startService();
    const client = await startClient();
    const seen: string[] = [];
    const subscription = client.subscribe(domainUndefined, ({ payload }) => seen.push(payload.name));
    await subscription.ready;
    const names = Array.from({ length: 60 }, (_, index) => `d${index}`);
    const publishing = (async () => {
      for (const name of names) {
        await bus.publish(domainUndefined, { ...happening, name }, { tokens: { uuid }, id: name });
        await sleep(10);
      }
    })();
    await sleep(200);
    await killServer();
    await startServer();
    await publishing;
    await eventually(() => seen.length >= names.length);
    await sleep(50);
    expect(seen).toEqual(names);
    await subscription.close();
  });

  test('leaves a view true: what was written meanwhile is in it', async () => {
    await startServer();
    const { bus } = await startService();
    const client = await startClient();
    const view = await client.bucket(hostWishes).view();
    const writing = (async () => {
      for (let turn = 0; turn < 40; turn += 1) {
        await bus.bucket(hostWishes).put({ hostId: `h${turn}` }, { hostId: `h${turn}`, cordoned: false });
        await sleep(10);
      }
    })();
    await sleep(100);
    await killServer();
    await startServer();
    await writing;
    await eventually(() => view.size === 40);
    await view.close();
  });

  test('lets a compare-and-set whose acknowledgement was lost succeed once', async () => {
    await startServer();
    const { bus } = await startService();
    const bucket = bus.bucket(hostWishes);
    let revision = await bucket.create({ hostId: 'a' }, { hostId: 'a', cordoned: false });
    let writes = 0;
    const writing = (async () => {
      for (; writes < 400; writes += 1)
        revision = await bucket.update({ hostId: 'a' }, { hostId: 'a', cordoned: writes % 2 === 0 }, revision);
    })();
    await sleep(60);
    await killServer();
    await startServer();
    await writing;
    expect(writes).toBe(400);
  });

  test('keeps a waiting run waiting: the outcome is found in the stream', async () => {
    await startServer();
    const started = deferred<void>();
    const finish = deferred<void>();
    onDefine = async () => {
      started.resolve(undefined);
      await finish.promise;
      return { uuid, name: 'done' };
    };
    const service = await startService();
    const client = await startClient();
    const running = client.run(defineDomain, { xml: '<domain/>' });
    await started.promise;
    // The client alone loses its connection while the outcome is published.
    const away = linkOf(client).nc.reconnect();
    finish.resolve(undefined);
    const begun = performance.now();
    expect(await running).toEqual({ uuid, name: 'done' });
    expect(performance.now() - begun).toBeLessThan(3_000);
    await away;
    await service.close();
  });
});

describe('behind our back', () => {
  test('a deleted consumer is made again', async () => {
    await startServer();
    await startService();
    const client = await startClient();
    const raw = await connect({ servers: url() });
    const jsm = await jetstreamManager(raw);
    for await (const { name } of jsm.consumers.list(streams.commands.name)) await jsm.consumers.delete(streams.commands.name, name);
    expect(await client.run(defineDomain, { xml: '<domain/>' }, { id: 'after' })).toEqual({ uuid, name: 'after' });
    await raw.close();
  });

  test('deleted streams are made again, and work goes on', async () => {
    await startServer();
    await startService();
    const client = await startClient();
    const raw = await connect({ servers: url() });
    const jsm = await jetstreamManager(raw);
    await jsm.streams.delete(streams.commands.name);
    await jsm.streams.delete(streams.events.name);
    expect(await client.run(defineDomain, { xml: '<domain/>' }, { id: 'after' })).toEqual({ uuid, name: 'after' });
    await raw.close();
  });

  test('a stream that is made anew is followed from its start', async () => {
    await startServer();
    const { bus } = await startService();
    const client = await startClient();
    const seen: string[] = [];
    const subscription = client.subscribe(domainUndefined, ({ payload }) => seen.push(payload.name));
    await subscription.ready;
    for (const name of ['a', 'b']) await bus.publish(domainUndefined, { ...happening, name }, { tokens: { uuid } });
    const raw = await connect({ servers: url() });
    const { streams: api } = await jetstreamManager(raw);
    await api.delete(streams.events.name);
    await sleep(500);
    // Before the listener has noticed, the new stream has an event already.
    await api.add(shapes(1).find(({ name }) => name === streams.events.name)!);
    await bus.publish(domainUndefined, { ...happening, name: 'c' }, { tokens: { uuid } });
    await eventually(() => seen.includes('c'));
    expect(seen).toEqual(['a', 'b', 'c']);
    await raw.close();
  });
});

describe('a service that dies', () => {
  test('leaves its command to the next one', async () => {
    await startServer();
    let begun = 0;
    onDefine = async (_, { deliveryCount }) => {
      begun += 1;
      if (deliveryCount === 1) await new Promise(() => undefined);
      return { uuid, name: `delivery ${deliveryCount}` };
    };
    const doomed = await createService(App, { service: 'api', servers: url(), signals: false, log });
    const client = await startClient();
    const running = client.run(defineDomain, { xml: '<domain/>' });
    await eventually(() => begun === 1);
    await linkOf(doomed.bus).nc.close();
    await startService();
    expect(await running).toEqual({ uuid, name: 'delivery 2' });
  }, 40_000);

  test('gracefully ends what it has begun: its acknowledgement gets out', async () => {
    await startServer();
    let ended = false;
    let begun = false;
    onDefine = async () => {
      begun = true;
      await sleep(300);
      ended = true;
      return { uuid, name: 'slow' };
    };
    const service = await startService();
    const client = await startClient();
    const running = client.run(defineDomain, { xml: '<domain/>' });
    await eventually(() => begun);
    await service.close();
    expect(ended).toBe(true);
    expect(await running).toEqual({ uuid, name: 'slow' });
    const raw = await connect({ servers: url() });
    const { state } = await (await jetstreamManager(raw)).streams.info(streams.commands.name);
    expect(state.messages).toBe(0);
    await raw.close();
  });

  test('gracefully gives back what it has no time for', async () => {
    await startServer();
    const order: string[] = [];
    onDefine = async (_, { commandId }) => {
      order.push(commandId);
      await sleep(20);
      return { uuid, name: commandId };
    };
    const first = await startService();
    const client = await startClient();
    const ids = Array.from({ length: 300 }, (_, index) => `${index}-${randomUUID().slice(0, 8)}`);
    const running = Promise.all(ids.map((id) => client.run(defineDomain, { xml: '<domain/>' }, { id })));
    await eventually(() => order.length > 30);
    const closing = performance.now();
    await first.close();
    const taken = order.length;
    await startService();
    await running;
    // What was on its way to the first service is taken by it, or its absence would be noticed only after the wait for an acknowledgement.
    expect(performance.now() - closing).toBeLessThan(ACK_WAIT_MS);
    expect(taken).toBeLessThan(300);
    expect(order.toSorted()).toEqual(ids.toSorted());
  });
});

describe('an event handler', () => {
  test('that fails is called again, and at last the event is a dead letter', async () => {
    await startServer();
    const counts: number[] = [];
    onEvent = async (_, { deliveryCount }) => {
      counts.push(deliveryCount);
      throw new Error(deliveryCount === 1 ? 'not yet' : 'never');
    };
    const { bus } = await startService();
    await bus.publish(domainDefined, happening, { tokens: { uuid } });
    await eventually(() => counts.length === 3);
    expect(counts).toEqual([1, 2, 3]);
  });

  test('is spared an event that cannot be read', async () => {
    await startServer();
    const names: string[] = [];
    onEvent = async ({ name }) => void names.push(name);
    const { bus } = await startService();
    const raw = await connect({ servers: url() });
    raw.publish(`virtbus.v1.evt.domain.${uuid}.defined`, '{"uuid":1}');
    await raw.flush();
    await bus.publish(domainDefined, happening, { tokens: { uuid } });
    await eventually(() => names.length === 1);
    const jsm = await jetstreamManager(raw);
    const dead = await eventually(() =>
      jsm.streams.getMessage(streams.deadLetters.name, { last_by_subj: `virtbus.v1.dead.virtbus.v1.evt.domain.${uuid}.defined` }),
    );
    expect(dead.string()).toBe('{"uuid":1}');
    await raw.close();
  });

  test('hears what happened while its service was away', async () => {
    await startServer();
    const names: string[] = [];
    onEvent = async ({ name }) => void names.push(name);
    await (await startService()).close();
    const publisher = await Bus.connect({ servers: url(), name: 'x', owner: 'api' });
    for (const name of ['a', 'b']) await publisher.publish(domainDefined, { ...happening, name }, { tokens: { uuid } });
    await publisher.drain();
    await startService();
    await eventually(() => names.length === 2);
    expect(names).toEqual(['a', 'b']);
  });
});

test('outcomes are events like any other: a listener to all of them needs no command id', async () => {
  await startServer();
  await startService();
  const client = await startClient();
  const seen: string[] = [];
  const subscription = client.subscribe(operationFinished, ({ tokens, payload }) => seen.push(`${tokens['commandId']} ${payload.ok}`));
  await subscription.ready;
  await client.run(defineDomain, { xml: '<domain/>' }, { id: 'mine' });
  await eventually(() => seen.includes('mine true'));
});
