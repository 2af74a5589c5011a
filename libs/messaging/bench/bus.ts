/**
 * What the bus costs over NATS by hand, and over Nest's own NATS transport: `node libs/messaging/bench/bus.ts` after a build.
 * Decorators are called as functions, since Node strips types but compiles no decorators.
 */
import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Transport } from '@nestjs/microservices';
import { cordonHost, defineDomain, hostWishes, listDomains, operationFinished, wildcardOf } from '@virtbus/contracts';
import { Bus, createService, Handle, noLog, startNatsServer } from '@virtbus/messaging';
import { firstValueFrom } from 'rxjs';
import { measure } from './support/measure.ts';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const encode = (value: object): string => JSON.stringify(value);
const method = (target: object, key: string): TypedPropertyDescriptor<never> =>
  Object.getOwnPropertyDescriptor(target, key) as TypedPropertyDescriptor<never>;

class Handlers {
  list() {
    return { domains: [] };
  }
  define() {
    return { uuid, name: 'demo' };
  }
}
Handle(listDomains)(Handlers.prototype, 'list', method(Handlers.prototype, 'list'));
Handle(defineDomain)(Handlers.prototype, 'define', method(Handlers.prototype, 'define'));
Controller()(Handlers);
class App {}
Module({ controllers: [Handlers] })(App);

class NestHandlers {
  list() {
    return { domains: [] };
  }
}
MessagePattern('bench.nest')(NestHandlers.prototype, 'list', method(NestHandlers.prototype, 'list'));
Controller()(NestHandlers);
class NestApp {}
Module({ controllers: [NestHandlers] })(NestApp);

/** The least that a request, and a command with an outcome, can be. */
async function serveByHand(nc: NatsConnection): Promise<void> {
  nc.subscribe('bench.raw', { callback: (_, message) => void message.respond(encode({ domains: [] })) });
  const jsm = await jetstreamManager(nc);
  await jsm.streams.add({ name: 'BENCH', subjects: ['bench.cmd', 'bench.evt.>'] });
  await jsm.consumers.add('BENCH', { durable_name: 'bench', filter_subject: 'bench.cmd', ack_policy: 'explicit' });
  const js = jetstream(nc);
  const consumer = await js.consumers.get('BENCH', 'bench');
  const settle = async (message: { headers?: { get(name: string): string } | undefined; ack(): void }): Promise<void> => {
    await js.publish(`bench.evt.${message.headers?.get('id') ?? ''}`, encode({ ok: true }));
    message.ack();
  };
  await consumer.consume({ max_messages: 64, callback: (message) => void settle(message) });
}

let serial = 0;
async function runByHand(nc: NatsConnection): Promise<void> {
  serial += 1;
  const id = String(serial);
  const head = headers();
  head.set('id', id);
  await new Promise<void>((resolve) => {
    nc.subscribe(`bench.evt.${id}`, { max: 1, callback: () => resolve() });
    void jetstream(nc).publish('bench.cmd', encode({ xml: '<domain/>' }), { headers: head, msgID: id });
  });
}

const directory = await mkdtemp(join(tmpdir(), 'virtbus-bench-'));
const server = await startNatsServer({ directory });
const service = await createService(App, { service: 'api', servers: server.url, signals: false, log: noLog });
const client = await Bus.connect({ servers: server.url, name: 'bench', owner: 'client' });
const served = await connect({ servers: server.url });
const raw = await connect({ servers: server.url });
await serveByHand(served);
const nest: INestMicroservice = await NestFactory.createMicroservice(NestApp, {
  transport: Transport.NATS,
  options: { servers: [server.url] },
  logger: false,
});
await nest.listen();
const proxy = ClientProxyFactory.create({ transport: Transport.NATS, options: { servers: [server.url] } });
await proxy.connect();
const bucket = service.bus.bucket(hostWishes);
const wish = { hostId: 'a', cordoned: false };
await bucket.put({ hostId: 'a' }, wish);
const js = jetstream(raw);
const jsm = await jetstreamManager(raw);

console.log(`nats-server ${server.version}, outcomes on ${wildcardOf(operationFinished)}\n`);
await measure([
  { name: 'request: NATS by hand', act: () => raw.request('bench.raw', '{}') },
  { name: "request: Nest's NATS transport", against: 'request: NATS by hand', act: () => firstValueFrom(proxy.send('bench.nest', {})) },
  { name: 'request: bus', against: 'request: NATS by hand', act: () => client.request(listDomains, {}) },
  { name: 'publish to a stream: NATS by hand', act: () => js.publish('bench.evt.x', '{"xml":"<domain/>"}') },
  {
    name: 'send a command: bus',
    against: 'publish to a stream: NATS by hand',
    // A command that nobody takes here: what it sets off must not be part of the measure.
    act: () => client.send(cordonHost, { host: 'a' }),
  },
  { name: 'command and outcome: NATS by hand', act: () => runByHand(raw) },
  {
    name: 'command and outcome: bus',
    against: 'command and outcome: NATS by hand',
    act: () => client.run(defineDomain, { xml: '<domain/>' }),
  },
  { name: 'bucket put: NATS by hand', act: () => js.publish('$KV.virtbus_host_wishes.b', encode(wish)) },
  { name: 'bucket put: bus', against: 'bucket put: NATS by hand', act: () => bucket.put({ hostId: 'a' }, wish) },
  {
    name: 'bucket get, direct: NATS by hand',
    act: () => jsm.direct.getMessage('KV_virtbus_host_wishes', { last_by_subj: '$KV.virtbus_host_wishes.a' }),
  },
  { name: 'bucket get, from the leader: bus', against: 'bucket get, direct: NATS by hand', act: () => bucket.get({ hostId: 'a' }) },
]);

// Nest's own transport takes ten seconds to close; the process ends without it.
await Promise.all([client.drain(), service.close(), served.close(), raw.close()]);
await server.stop();
await rm(directory, { recursive: true, force: true });
process.exit(0);
