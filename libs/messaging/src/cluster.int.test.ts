import { Controller, Module } from '@nestjs/common';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { defineDomain, domainUndefined, hostWishes, streams, type DefineDomain } from '@virtbus/contracts';
import { endWithTest, eventually, recordedLog } from '@virtbus/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bus, createService, Handle, type MessageContext, type RunningService } from './index.js';
import { findNatsServer } from './nats-server/binary.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const NAMES = ['a', 'b', 'c'] as const;
const log = recordedLog();

@Controller()
class Handlers {
  @Handle(defineDomain)
  define(_command: DefineDomain, { commandId }: MessageContext) {
    return { uuid, name: commandId };
  }
}
@Module({ controllers: [Handlers] })
class App {}

let directory: string;
const nodes = new Map<string, { process: ChildProcess; arguments: string[] }>();
let urls: string[];
let service: RunningService;
let client: Bus;
let raw: NatsConnection;
let jsm: JetStreamManager;

/** Below those that the kernel gives to whoever connects: a server that is killed finds its own again. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    const probe = createServer().listen(port, '127.0.0.1');
    const isFree = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    probe.close();
    if (isFree) return port;
  }
}

async function startCluster(): Promise<void> {
  const binary = await findNatsServer();
  const ports = await Promise.all(NAMES.map(async () => ({ client: await freePort(), route: await freePort() })));
  const routes = ports.map(({ route }) => `nats://127.0.0.1:${route}`).join(',');
  for (const [index, name] of NAMES.entries()) {
    const { client: port, route } = ports[index]!;
    const place = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', join(directory, name), '-n', name];
    start(name, [binary, ...place, '--cluster_name', 'test', '--cluster', `nats://127.0.0.1:${route}`, '--routes', routes]);
  }
  urls = ports.map(({ client: port }) => `nats://127.0.0.1:${port}`);
}

function start(name: string, [binary = '', ...rest]: string[]): void {
  const child = spawn(binary, rest, { stdio: 'ignore' });
  if (child.pid !== undefined) endWithTest(child.pid, directory);
  nodes.set(name, { process: child, arguments: [binary, ...rest] });
}

/** Kills a node for as long as `meanwhile` takes, then starts it again and waits until the cluster is whole. */
async function without(name: string, meanwhile: () => Promise<void>): Promise<void> {
  const node = nodes.get(name)!;
  node.process.kill('SIGKILL');
  await once(node.process, 'exit');
  await meanwhile();
  start(name, node.arguments);
  await eventually(isWhole, 60_000);
}

/** Every stream has a leader, and both others are up to date: one server more may die. */
async function isWhole(): Promise<boolean> {
  const all = await jsm.streams.list().next();
  return (
    all.length > 0 &&
    all.every(
      ({ cluster }) =>
        cluster?.leader !== undefined &&
        cluster.replicas?.length === 2 &&
        cluster.replicas.every(({ current, offline }) => current && !offline),
    )
  );
}

const leaderOf = async (stream: string): Promise<string> =>
  eventually(async () => (await jsm.streams.info(stream).catch(() => undefined))?.cluster?.leader, 20_000);

const publishEvents = async (from: number): Promise<void> => {
  for (let index = from; index < from + 10; index += 1) {
    const happening = { uuid, name: `e${index}`, detail: 'removed', at: '2026-11-21T10:00:00.000Z' };
    await service.bus.publish(domainUndefined, happening, { tokens: { uuid } });
  }
};

const putWishes = async (from: number): Promise<void> => {
  for (let index = from; index < from + 10; index += 1) {
    await service.bus.bucket(hostWishes).put({ hostId: `h${index}` }, { hostId: `h${index}`, cordoned: false });
  }
};

const runCommands = async (prefix: string): Promise<void> => {
  const ids = Array.from({ length: 10 }, (_, index) => `${prefix}${index}`);
  const replies = await Promise.all(ids.map((id) => client.run(defineDomain, { xml: '<domain/>' }, { id })));
  expect(replies.map(({ name }) => name)).toEqual(ids);
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'virtbus-cluster-'));
  await startCluster();
  process.env['VIRTBUS_REPLICAS'] = '3';
  service = await createService(App, { service: 'api', servers: urls, signals: false, log });
  client = await Bus.connect({ servers: urls, name: 'client', owner: 'client', log });
  raw = await connect({ servers: urls, maxReconnectAttempts: -1 });
  jsm = await jetstreamManager(raw, { timeout: 2_000 });
}, 60_000);
afterAll(async () => {
  delete process.env['VIRTBUS_REPLICAS'];
  await Promise.all([service?.close(), client?.drain(), raw?.close()]);
  const exits = [...nodes.values()].map(({ process: child }) => once(child, 'exit'));
  for (const { process: child } of nodes.values()) child.kill('SIGKILL');
  await Promise.all(exits);
  await rm(directory, { recursive: true, force: true });
});

test('the streams have three replicas, and a service that was told nothing takes none away', async () => {
  expect((await jsm.streams.info(streams.commands.name)).config.num_replicas).toBe(3);
  delete process.env['VIRTBUS_REPLICAS'];
  const ignorant = await Bus.connect({ servers: urls, name: 'ignorant', owner: 'client' });
  await ignorant.drain();
  process.env['VIRTBUS_REPLICAS'] = '3';
  expect((await jsm.streams.info(streams.commands.name)).config.num_replicas).toBe(3);
});

test('two servers may die in turn: commands are carried out, and listeners and views miss nothing', async () => {
  const heard: string[] = [];
  const subscription = client.subscribe(domainUndefined, ({ payload }) => heard.push(payload.name));
  await subscription.ready;
  const view = await client.bucket(hostWishes).view();
  const leader = await leaderOf(streams.commands.name);
  const victims = [leader, ...NAMES.filter((name) => name !== leader)].slice(0, 2);
  for (const [turn, victim] of victims.entries()) {
    await without(victim, async () => {
      await Promise.all([runCommands(`${victim}-`), publishEvents(turn * 10), putWishes(turn * 10)]);
      await eventually(() => heard.length >= (turn + 1) * 10 && view.size >= (turn + 1) * 10, 20_000);
    });
  }
  expect(heard).toEqual(Array.from({ length: 20 }, (_, index) => `e${index}`));
  expect(view.size).toBe(20);
  await Promise.all([subscription.close(), view.close()]);
}, 150_000);

test('a leader that steps down stalls nobody', async () => {
  for (let turn = 0; turn < 3; turn += 1) {
    await raw.request(`$JS.API.STREAM.LEADER.STEPDOWN.${streams.commands.name}`);
    await raw.request(`$JS.API.CONSUMER.LEADER.STEPDOWN.${streams.commands.name}.cmd_domain_define`).catch(() => undefined);
    await runCommands(`stepdown${turn}-`);
  }
}, 90_000);
