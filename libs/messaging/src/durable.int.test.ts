import { jetstreamManager } from '@nats-io/jetstream';
import { cordonHost, streams } from '@virtbus/contracts';
import { recordedLog, startTestNats, type TestNats } from '@virtbus/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bus } from './index.js';
import { linkOf } from './bus.js';
import { Durable } from './durable.js';

let nats: TestNats;
let bus: Bus;

beforeAll(async () => {
  nats = await startTestNats();
  bus = await Bus.connect({ servers: nats.url, name: 'x', owner: 'api', log: recordedLog() });
});
afterAll(async () => {
  await bus?.drain();
  await nats?.stop();
});

test('a consumer of an earlier version is changed in place and keeps its position', async () => {
  const jsm = await jetstreamManager(linkOf(bus).nc);
  const options = { link: linkOf(bus), stream: streams.commands.name, name: 'cmd_host_cordon', filter: cordonHost.subject };
  const seen: number[] = [];
  const handle = async (delivery: { sequence: number; ack(): void }): Promise<void> => {
    seen.push(delivery.sequence);
    delivery.ack();
  };
  const first = await Durable.start({ ...options, maxInFlight: 1, handle });
  for (let turn = 0; turn < 3; turn += 1) await bus.send(cordonHost, { host: 'a' });
  await expect.poll(() => seen.length).toBe(3);
  await first.close(1_000);
  const second = await Durable.start({ ...options, maxInFlight: 7, handle });
  expect((await jsm.consumers.info(options.stream, options.name)).config.max_ack_pending).toBe(7);
  await bus.send(cordonHost, { host: 'b' });
  await expect.poll(() => seen.length).toBe(4);
  expect(new Set(seen).size).toBe(4);
  await second.close(1_000);
});

test('at most as many messages are handled at once as the consumer allows', async () => {
  let [now, most, done] = [0, 0, 0];
  const durable = await Durable.start({
    link: linkOf(bus),
    stream: streams.commands.name,
    name: 'cmd_host_cordon',
    filter: cordonHost.subject,
    maxInFlight: 3,
    handle: async (delivery) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
      done += 1;
      delivery.ack();
    },
  });
  await Promise.all(Array.from({ length: 40 }, () => bus.send(cordonHost, { host: 'a' })));
  await expect.poll(() => done, { timeout: 10_000 }).toBe(40);
  expect(most).toBe(3);
  await durable.close(1_000);
});
