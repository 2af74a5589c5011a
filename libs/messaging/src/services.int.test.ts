import { Controller, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import {
  allocatePorts,
  cordonHost,
  domainDefined,
  domainUndefined,
  getDomain,
  listDomains,
  monitorEvent,
  openConsole,
  Refusal,
  startPlacedDomain,
  type DomainRef,
  type OpenConsole,
} from '@virtbus/contracts';
import { eventually, recordedLog, startTestNats, type TestNats } from '@virtbus/testing';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { linkOf } from './bus.js';
import { Bus, createService, Handle, type MessageContext, type RunningService, type ServiceOptions } from './index.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const happening = { uuid, name: 'demo', detail: 'added', at: '2026-11-21T10:00:00.000Z' };

let answer: (question: DomainRef, context: MessageContext) => Promise<object>;
let log = recordedLog();
let nats: TestNats;
let client: Bus;
let raw: NatsConnection;
let open: RunningService[] = [];

@Controller()
class Reads {
  @Handle(getDomain)
  async get(question: DomainRef, context: MessageContext) {
    return (await answer(question, context)) as typeof getDomain.replyExample;
  }

  @Handle(listDomains)
  list() {
    return { domains: [] };
  }
}

@Controller()
class Consoles {
  @Handle(openConsole)
  open(_question: OpenConsole, context: MessageContext) {
    return { subject: `console.${context.tokens['hostId']}` };
  }
}

@Module({ controllers: [Reads] })
class ApiModule {}
@Module({ controllers: [Consoles] })
class HostModule {}

const start = async (module: Parameters<typeof createService>[0], options: Partial<ServiceOptions> = {}): Promise<RunningService> => {
  const service = await createService(module, { service: 'api', servers: nats.url, signals: false, log, ...options });
  open.push(service);
  return service;
};

beforeAll(async () => {
  nats = await startTestNats();
  client = await Bus.connect({ servers: nats.url, name: 'client', owner: 'client', log });
  raw = await connect({ servers: nats.url });
});
beforeEach(() => {
  log = recordedLog();
  answer = async () => getDomain.replyExample;
});
afterEach(async () => {
  await Promise.all(open.map((service) => service.close()));
  open = [];
});
afterAll(async () => {
  await Promise.all([client?.drain(), raw?.close()]);
  await nats?.stop();
});

describe('a request', () => {
  test('that nobody serves fails after a moment, with words that say what was asked', async () => {
    const begun = performance.now();
    await expect(client.request(listDomains, {})).rejects.toMatchObject({
      code: 'service_unreachable',
      message: expect.stringMatching(/req\.domain\.list.*no api listens/) as string,
    });
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  test('to a host that is away says that it is unreachable', async () => {
    await expect(client.request(openConsole, { uuid }, { tokens: { hostId: 'nowhere' }, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'host_unreachable',
    });
  });

  test('finds its service when that comes within a second', async () => {
    const asking = client.request(listDomains, {});
    await start(ApiModule);
    expect(await asking).toEqual({ domains: [] });
  });

  test('that is not answered in time fails', async () => {
    answer = () => new Promise(() => undefined);
    const service = await start(ApiModule);
    const asking = client.request(getDomain, { domain: 'demo' }, { timeoutMs: 50 });
    await expect(asking).rejects.toMatchObject({ code: 'service_unreachable', message: expect.stringContaining('in time') as string });
    // It would be waited for.
    open = [];
    void service.close();
  });

  test('is answered with the refusal that its handler throws, and its number, words and code in headers', async () => {
    answer = async ({ domain }) => {
      throw new Refusal('no_domain', `Domain not found:\n${domain}`, { path: 'domain' });
    };
    await start(ApiModule);
    await expect(client.request(getDomain, { domain: 'x' })).rejects.toMatchObject({ code: 'no_domain', libvirt: 42, path: 'domain' });
    const { headers } = await raw.request(getDomain.subject, '{"domain":"x"}');
    expect(headers?.get('Nats-Service-Error-Code')).toBe('404');
    expect(headers?.get('Nats-Service-Error')).toBe('Domain not found: x');
    expect(headers?.get('Virtbus-Error-Code')).toBe('no_domain');
  });

  test('whose handler has a bug shows nothing of it, but the log does', async () => {
    answer = () => Promise.reject(new TypeError('secret is undefined'));
    await start(ApiModule);
    const asking = client.request(getDomain, { domain: 'x' });
    await expect(asking).rejects.toMatchObject({ code: 'internal', message: expect.not.stringContaining('secret') as string });
    expect(log.lines.join('\n')).toContain('secret is undefined');
  });

  test.each<[string, string | Uint8Array, string]>([
    ['whose field is missing', '{}', 'payload_invalid'],
    ['that is no JSON', 'x', 'payload_invalid'],
    ['that is over the limit', new Uint8Array(3 * 1024 * 1024), 'payload_too_large'],
  ])('%s is refused', async (_, body, code) => {
    await start(ApiModule);
    expect((await raw.request(getDomain.subject, body)).headers?.get('Virtbus-Error-Code')).toBe(code);
  });

  test('is answered by one replica of the service', async () => {
    let answers = 0;
    answer = async () => {
      answers += 1;
      return getDomain.replyExample;
    };
    await Promise.all([start(ApiModule), start(ApiModule)]);
    for (let turn = 0; turn < 20; turn += 1) await client.request(getDomain, { domain: 'x' });
    expect(answers).toBe(20);
  });

  test('reaches only the host that it names', async () => {
    await start(HostModule, { service: 'host-agent', tokens: { hostId: 'a' } });
    await start(HostModule, { service: 'host-agent', tokens: { hostId: 'b' } });
    for (const hostId of ['a', 'b']) {
      expect(await client.request(openConsole, { uuid }, { tokens: { hostId } })).toEqual({ subject: `console.${hostId}` });
    }
  });

  test('is answered before its service closes', async () => {
    answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return getDomain.replyExample;
    };
    const service = await start(ApiModule);
    const asking = client.request(getDomain, { domain: 'x' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await service.close();
    expect((await asking).name).toBe('demo');
  });
});

describe('a service', () => {
  test('listens when it says so: the very next request is answered', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      const service = await start(ApiModule);
      expect((await raw.request(listDomains.subject, '{}', { timeout: 1_000 })).string()).toBe('{"domains":[]}');
      await service.close();
    }
  });

  test('gives its providers the bus, which still works when they shut down', async () => {
    @Injectable()
    class LastWords implements OnApplicationShutdown {
      constructor(@Inject(Bus) readonly bus: Bus) {}
      async onApplicationShutdown(): Promise<void> {
        await this.bus.publish(domainUndefined, { ...happening, name: 'last words' }, { tokens: { uuid } });
      }
    }
    @Module({ providers: [LastWords] })
    class Leaving {}
    const heard: string[] = [];
    const subscription = client.subscribe(domainUndefined, ({ payload }) => heard.push(payload.name));
    await subscription.ready;
    const service = await start(Leaving);
    await service.close();
    await service.bus.closed;
    await eventually(() => heard.includes('last words'));
    await subscription.close();
  });

  test('may be closed twice', async () => {
    const service = await start(ApiModule);
    await Promise.all([service.close(), service.close()]);
    await service.app.close();
  });

  test('stands beside others in one process, each on its own connection', async () => {
    const services = await Promise.all([
      start(ApiModule),
      start(HostModule, { service: 'host-agent', tokens: { hostId: 'c' } }),
      start(HostModule, { service: 'host-agent', tokens: { hostId: 'd' } }),
    ]);
    await services[1].close();
    expect(await client.request(listDomains, {})).toEqual({ domains: [] });
    expect(await client.request(openConsole, { uuid }, { tokens: { hostId: 'd' } })).toEqual({ subject: 'console.d' });
  });

  test('leaves a connection that it was given to whoever made it', async () => {
    const bus = await Bus.connect({ servers: nats.url, name: 'shared', owner: 'api', log });
    const service = await createService(ApiModule, { service: 'api', bus, signals: false, log });
    await service.close();
    expect(linkOf(bus).nc.isClosed()).toBe(false);
    await bus.drain();
  });

  test('does not handle what another one owns', async () => {
    @Controller()
    class Thief {
      @Handle(allocatePorts)
      allocate() {
        return allocatePorts.replyExample;
      }
    }
    @Module({ controllers: [Thief] })
    class Bad {}
    await expect(start(Bad)).rejects.toThrow('netd owns');
  });

  test('does not handle one thing twice', async () => {
    @Controller()
    class Twice {
      @Handle(cordonHost)
      one() {
        return {};
      }
      @Handle(cordonHost)
      two() {
        return {};
      }
    }
    @Module({ controllers: [Twice] })
    class Bad {}
    await expect(start(Bad)).rejects.toThrow('two handlers');
  });

  test('that handles commands of a host must know of which', async () => {
    @Controller()
    class Agent {
      @Handle(startPlacedDomain)
      start() {
        return { uuid, name: 'x' };
      }
    }
    @Module({ controllers: [Agent] })
    class Bad {}
    await expect(start(Bad, { service: 'host-agent' })).rejects.toThrow('hostId');
  });

  test('may hear an event twice over, each time by a durable name of its own', async () => {
    const heard: string[] = [];
    const id = randomUUID();
    @Controller()
    class Ears {
      @Handle(domainDefined)
      async left(event: { name: string }) {
        if (event.name === id) heard.push('left');
      }
      @Handle(domainDefined, { durable: 'api_right_ear' })
      async right(event: { name: string }) {
        if (event.name === id) heard.push('right');
      }
    }
    @Module({ controllers: [Ears] })
    class Listening {}
    const { bus } = await start(Listening);
    await bus.publish(domainDefined, { ...happening, name: id }, { tokens: { uuid } });
    await eventually(() => heard.length === 2);
    expect(heard.toSorted()).toEqual(['left', 'right']);
  });
});

const publisher = (): Promise<Bus> => Bus.connect({ servers: nats.url, name: 'events', owner: 'api', log });

describe('events', () => {
  test('are published once for one id', async () => {
    const bus = await publisher();
    const heard: number[] = [];
    const name = randomUUID();
    const subscription = client.subscribe(domainUndefined, ({ payload, sequence }) => payload.name === name && heard.push(sequence));
    await subscription.ready;
    for (let turn = 0; turn < 3; turn += 1) await bus.publish(domainUndefined, { ...happening, name }, { tokens: { uuid }, id: name });
    await bus.publish(domainUndefined, { ...happening, name }, { tokens: { uuid } });
    await eventually(() => heard.length === 2);
    await subscription.close();
    await bus.drain();
  });

  test('are replayed from a sequence, and from an instant', async () => {
    const bus = await publisher();
    const mine = { tokens: { uuid: randomUUID() } };
    const heard: { name: string; sequence: number; time: Date }[] = [];
    const first = client.subscribe(
      domainUndefined,
      ({ payload, sequence, time }) => heard.push({ name: payload.name, sequence, time }),
      mine,
    );
    await first.ready;
    for (const name of ['a', 'b', 'c']) await bus.publish(domainUndefined, { ...happening, name }, mine);
    await eventually(() => heard.length === 3);
    await first.close();
    const again = async (from: number | Date): Promise<string[]> => {
      const names: string[] = [];
      const subscription = client.subscribe(domainUndefined, ({ payload }) => names.push(payload.name), { ...mine, from });
      await eventually(() => names.includes('c'));
      await subscription.close();
      return names;
    };
    expect(await again(heard[1]!.sequence)).toEqual(['b', 'c']);
    expect(await again(heard[0]!.sequence)).toEqual(['a', 'b', 'c']);
    expect(await again(new Date(0))).toEqual(['a', 'b', 'c']);
    await bus.drain();
  });

  test('of any kind are heard by their subject', async () => {
    const bus = await publisher();
    const own = randomUUID();
    const heard: unknown[] = [];
    const subscription = client.subscribe(`virtbus.v1.evt.domain.${own}.>`, ({ subject, payload, commandId }) => {
      heard.push([subject, payload, commandId]);
    });
    await subscription.ready;
    await bus.publish(domainUndefined, happening, { tokens: { uuid: own }, causedBy: 'c1' });
    await eventually(() => heard.length === 1);
    expect(heard).toEqual([[`virtbus.v1.evt.domain.${own}.undefined`, happening, 'c1']]);
    await subscription.close();
    await bus.drain();
  });

  test('are published only by their owner', async () => {
    await expect(client.publish(domainUndefined, happening, { tokens: { uuid } })).rejects.toThrow('api owns');
  });

  test('that cannot be read are logged and skipped', async () => {
    const noted = recordedLog();
    const bus = await Bus.connect({ servers: nats.url, name: 'reader', owner: 'client', log: noted });
    const own = randomUUID();
    const heard: string[] = [];
    const subscription = bus.subscribe(domainUndefined, ({ payload }) => heard.push(payload.name), { tokens: { uuid: own } });
    await subscription.ready;
    raw.publish(`virtbus.v1.evt.domain.${own}.undefined`, 'x');
    const writer = await publisher();
    await writer.publish(domainUndefined, happening, { tokens: { uuid: own } });
    await eventually(() => heard.length === 1);
    expect(noted.lines.join()).toContain('was not heard');
    await bus.drain();
    await writer.drain();
  });
});

describe('signals', () => {
  const told = { uuid, name: 'demo', event: 'STOP', seconds: 1, microseconds: 2 };
  const agent = (): Promise<Bus> => Bus.connect({ servers: nats.url, name: 'agent', owner: 'host-agent', hostId: 'host-a', log });

  test('are heard by whoever listens, for the tokens that are asked for, and kept nowhere', async () => {
    const bus = await agent();
    const own = randomUUID();
    const heard: unknown[] = [];
    const subscription = client.listenTo(monitorEvent, (signal) => heard.push(signal), { tokens: { uuid: own } });
    await subscription.ready;
    const { messages } = (await linkOf(client).jsm.streams.info('VIRTBUS_EVENTS')).state;
    bus.signal(monitorEvent, told, { tokens: { hostId: 'host-a', uuid } });
    bus.signal(monitorEvent, told, { tokens: { hostId: 'host-a', uuid: own } });
    await eventually(() => heard.length === 1);
    expect(heard).toEqual([{ tokens: { hostId: 'host-a', uuid: own }, payload: told }]);
    await subscription.close();
    bus.signal(monitorEvent, told, { tokens: { hostId: 'host-a', uuid: own } });
    await bus.flush();
    await client.flush();
    expect(heard).toHaveLength(1);
    expect((await linkOf(client).jsm.streams.info('VIRTBUS_EVENTS')).state.messages).toBe(messages);
    await bus.drain();
  });

  test('are told only by their owner', () => {
    expect(() => client.signal(monitorEvent, told, { tokens: { hostId: 'host-a', uuid } })).toThrow('host-agent owns');
  });

  test('that cannot be read are logged and skipped', async () => {
    const noted = recordedLog();
    const reader = await Bus.connect({ servers: nats.url, name: 'reader', owner: 'client', log: noted });
    const bus = await agent();
    const own = randomUUID();
    const heard: unknown[] = [];
    const subscription = reader.listenTo(monitorEvent, ({ payload }) => heard.push(payload), { tokens: { uuid: own } });
    await subscription.ready;
    raw.publish(`virtbus.v1.host.host-a.sig.domain.${own}.monitor`, JSON.stringify({ ...told, details: 'x'.repeat(9_000) }));
    await raw.flush();
    bus.signal(monitorEvent, told, { tokens: { hostId: 'host-a', uuid: own } });
    await eventually(() => heard.length === 1);
    expect(noted.lines.join()).toContain('was not heard');
    await Promise.all([reader.drain(), bus.drain()]);
  });
});

test('bytes go to whoever listens, with their headers', async () => {
  const subject = `virtbus.v1.console.${randomUUID()}.out`;
  const heard: [string, string | undefined][] = [];
  const subscription = client.subscribeBytes(subject, ({ bytes, headers }) => {
    heard.push([Buffer.from(bytes).toString('latin1'), headers['Virtbus-Alive']]);
  });
  await subscription.ready;
  client.publishBytes(subject, Buffer.from('\0\xff login:', 'latin1'));
  client.publishBytes(subject, new Uint8Array(), { 'Virtbus-Alive': 'yes' });
  await eventually(() => heard.length === 2);
  expect(heard).toEqual([
    ['\0\xff login:', undefined],
    ['', 'yes'],
  ]);
  await subscription.close();
});
