import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { domainRecords, hostNetworks, networkRecords, hostWishes, type HostWish } from '@virtbus/contracts';
import { changed, eventually, recordedLog, startTestNats, type TestNats } from '@virtbus/testing';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { linkOf } from './bus.js';
import { Bucket, BucketConflict, Bus, WrongOwner, type View, type ViewChange } from './index.js';

const log = recordedLog();
let nats: TestNats;
let api: Bus;
let other: Bus;
let raw: NatsConnection;
let jsm: JetStreamManager;
let views: View<HostWish>[] = [];

beforeAll(async () => {
  nats = await startTestNats();
  api = await Bus.connect({ servers: nats.url, name: 'api', owner: 'api', log });
  other = await Bus.connect({ servers: nats.url, name: 'netd', owner: 'netd', log });
  raw = await connect({ servers: nats.url });
  jsm = await jetstreamManager(raw);
});
afterAll(async () => {
  await Promise.all([api?.drain(), other?.drain(), raw?.close()]);
  await nats?.stop();
});
afterEach(async () => {
  await Promise.all(views.map((view) => view.close()));
  views = [];
});

/** Of a view that is never there. */
const NEVER = -1;
const host = (): string => `h${randomUUID().slice(0, 8)}`;
const wish = (hostId: string, cordoned = false): HostWish => ({ hostId, cordoned });
const wishes = (): Bucket<typeof hostWishes> => api.bucket(hostWishes);
const open = async (): Promise<View<HostWish>> => {
  const view = await other.bucket(hostWishes).view();
  views.push(view);
  return view;
};

describe('a write', () => {
  test('of what exists is a conflict', async () => {
    const hostId = host();
    await wishes().create({ hostId }, wish(hostId));
    await expect(wishes().create({ hostId }, wish(hostId))).rejects.toThrow(BucketConflict);
  });

  test('at another revision is a conflict and changes nothing', async () => {
    const hostId = host();
    const revision = await wishes().create({ hostId }, wish(hostId));
    await expect(wishes().update({ hostId }, wish(hostId, true), revision + 1)).rejects.toThrow(BucketConflict);
    await expect(wishes().update({ hostId }, wish(hostId, true), revision - 1)).rejects.toThrow(BucketConflict);
    await expect(wishes().delete({ hostId }, revision + 1)).rejects.toThrow(BucketConflict);
    expect(await wishes().get({ hostId })).toMatchObject({ value: wish(hostId), revision });
  });

  test('of what was deleted creates it anew', async () => {
    const hostId = host();
    await wishes().create({ hostId }, wish(hostId));
    await wishes().delete({ hostId });
    expect(await wishes().get({ hostId })).toBeUndefined();
    const revision = await wishes().create({ hostId }, wish(hostId, true));
    expect(await wishes().get({ hostId })).toMatchObject({ value: wish(hostId, true), revision });
  });

  test('to a fact that another service owns is refused, and leaves it as it was', async () => {
    const hostId = host();
    const theirs = other.bucket(hostWishes);
    await expect(theirs.put({ hostId }, wish(hostId))).rejects.toThrow(WrongOwner);
    await expect(theirs.create({ hostId }, wish(hostId))).rejects.toThrow('netd may not write bucket virtbus_host_wishes: api owns it');
    await expect(theirs.delete({ hostId })).rejects.toThrow(WrongOwner);
    expect(await wishes().get({ hostId })).toBeUndefined();
  });

  test('that readers would refuse is refused', async () => {
    const hostId = host();
    await expect(wishes().put({ hostId }, { hostId } as unknown as HostWish)).rejects.toThrow('cordoned');
  });

  test('under a key that would change its shape is refused', async () => {
    await expect(wishes().put({ hostId: 'a.b' }, wish('a'))).rejects.toThrow(RangeError);
  });

  test('of one counter by eight writers at once loses none', async () => {
    const key = { uuid: randomUUID() };
    const counters = api.bucket(networkRecords);
    const start = changed(networkRecords.example, { uuid: key.uuid, activation: 0 });
    await counters.create(key, start);
    let conflicts = 0;
    const writer = async (): Promise<void> => {
      for (let done = 0; done < 20;) {
        const entry = await counters.get(key);
        try {
          await counters.update(key, changed(entry!.value, { activation: entry!.value.activation + 1 }), entry!.revision);
          done += 1;
        } catch (thrown) {
          if (!(thrown instanceof BucketConflict)) throw thrown;
          conflicts += 1;
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, writer));
    expect((await counters.get(key))?.value.activation).toBe(160);
    expect(conflicts).toBeGreaterThan(0);
  });
});

test('the mark of a deletion goes in time, and nothing that was written after it', async () => {
  const [gone, again] = [host(), host()];
  const bucket = wishes();
  const later: (() => Promise<unknown>)[] = [];
  linkOf(api).later = (_, work) => void later.push(work);
  for (const hostId of [gone, again]) {
    await bucket.put({ hostId }, wish(hostId));
    await bucket.delete({ hostId });
  }
  const revision = await bucket.create({ hostId: again }, wish(again, true));
  await Promise.all(later.map((work) => work()));
  expect(await jsm.streams.getMessage('KV_virtbus_host_wishes', { last_by_subj: `$KV.virtbus_host_wishes.${gone}` })).toBeNull();
  expect(await bucket.get({ hostId: again })).toMatchObject({ revision });
  expect(await bucket.create({ hostId: gone }, wish(gone))).toBeGreaterThan(revision);
});

describe('a read', () => {
  test('sees every write that was acknowledged before', async () => {
    const hostId = host();
    for (let turn = 0; turn < 50; turn += 1) {
      const revision = await wishes().put({ hostId }, wish(hostId, turn % 2 === 0));
      expect((await other.bucket(hostWishes).get({ hostId }))?.revision).toBe(revision);
    }
  });

  test('of what is not there is undefined', async () => {
    expect(await wishes().get({ hostId: host() })).toBeUndefined();
  });

  test('of what was written around the contract fails and says where', async () => {
    const hostId = host();
    await raw.request(`$KV.virtbus_host_wishes.${hostId}`, '{"cordoned":"perhaps"}');
    await expect(wishes().get({ hostId })).rejects.toThrow(hostId);
  });

  test('gives the class that the contract declares', async () => {
    const uuid = randomUUID();
    await api.bucket(domainRecords).create({ uuid }, changed(domainRecords.example, { uuid }));
    expect((await api.bucket(domainRecords).get({ uuid }))?.value).toBeInstanceOf(domainRecords.payload);
  });
});

describe('a view', () => {
  test('holds what was there before, and follows', async () => {
    const hostId = host();
    const revision = await wishes().put({ hostId }, wish(hostId));
    const view = await open();
    expect(view.get({ hostId })).toMatchObject({ value: wish(hostId), revision });
    expect(Math.abs(Date.now() - view.get({ hostId })!.writtenAt.getTime())).toBeLessThan(60_000);

    const seen: ViewChange<HostWish>[] = [];
    view.onChange((change) => seen.push(change));
    await wishes().put({ hostId }, wish(hostId, true));
    // A view may skip a value that was replaced before it was delivered.
    await eventually(() => view.get({ hostId })?.value.cordoned);
    await wishes().delete({ hostId });
    await eventually(() => view.get({ hostId }) === undefined);
    expect(seen.filter(({ key }) => key['hostId'] === hostId)).toEqual([
      expect.objectContaining({
        entry: expect.objectContaining({ value: wish(hostId, true) }) as object,
        previous: expect.objectContaining({ value: wish(hostId) }) as object,
      }),
      expect.objectContaining({ entry: undefined, previous: expect.objectContaining({ value: wish(hostId, true) }) as object }),
    ]);
  });

  test('of an empty bucket is there at once', async () => {
    const view = await other.bucket(hostNetworks).view({ hostId: host() });
    expect(view.size).toBe(0);
    await view.close();
  });

  /** What the server says of how many are to come is wrong now and then, where keys are written meanwhile. */
  test('that is opened while keys are written is there, and has every one of them', async () => {
    const hosts = Array.from({ length: 12 }, host);
    const writers = await Promise.all([1, 2, 3].map((n) => Bus.connect({ servers: nats.url, name: `api-${n}`, owner: 'api', log })));
    const write = (bus: Bus, n: number) =>
      Promise.all(hosts.slice(n * 4, n * 4 + 4).map((hostId) => bus.bucket(hostWishes).put({ hostId }, wish(hostId))));
    await Promise.all(writers.map(write));
    const lacking: number[] = [];
    for (const until = performance.now() + 6_000; performance.now() < until;) {
      const writing = writers.map((bus, n) => write(bus, n).then(() => write(bus, n)));
      await sleep(Math.random() * 6);
      const opening = other.bucket(hostWishes).view();
      const lack = opening.then((view) => hosts.filter((hostId) => view.get({ hostId }) === undefined).length);
      await Promise.all(writing);
      lacking.push(await Promise.race([lack, sleep(4_000, NEVER, { ref: false })]));
      if (lacking.at(-1) === NEVER) break;
      await (await opening).close();
    }
    expect(new Set(lacking)).toEqual(new Set([0]));
    await Promise.all(writers.map((bus) => bus.drain()));
  }, 20_000);

  test('holds only what its filter names', async () => {
    const agent = await Bus.connect({ servers: nats.url, name: 'agent', owner: 'host-agent', provision: false });
    const [mine, theirs, uuid] = [host(), host(), randomUUID()];
    const record = changed(hostNetworks.example, { uuid });
    const view = await agent.bucket(hostNetworks).view({ hostId: mine });
    await agent.bucket(hostNetworks).put({ hostId: theirs, uuid }, changed(record, { hostId: theirs }));
    await agent.bucket(hostNetworks).put({ hostId: mine, uuid }, changed(record, { hostId: mine }));
    await eventually(() => view.size === 1);
    expect(view.entries().map(({ key }) => key)).toEqual([{ hostId: mine, uuid }]);
    await view.close();
    await agent.drain();
  });

  test('leaves out what was written around the contract, and says so', async () => {
    const hostId = host();
    await wishes().put({ hostId }, wish(hostId));
    const view = await open();
    await raw.request(`$KV.virtbus_host_wishes.${hostId}`, '[]');
    await eventually(() => view.get({ hostId }) === undefined);
    expect(log.lines.some((line) => line.includes(hostId))).toBe(true);
  });

  test('is not harmed by a listener that throws', async () => {
    const hostId = host();
    const view = await open();
    view.onChange(() => {
      throw new Error('mine');
    });
    await wishes().put({ hostId }, wish(hostId));
    await eventually(() => view.get({ hostId }));
  });

  test('goes on after its consumer is deleted, and misses neither a write nor a deletion', async () => {
    const [kept, gone, born] = [host(), host(), host()];
    await wishes().put({ hostId: kept }, wish(kept));
    await wishes().put({ hostId: gone }, wish(gone));
    const view = await open();
    await deleteConsumers();
    await wishes().put({ hostId: kept }, wish(kept, true));
    await wishes().delete({ hostId: gone });
    await wishes().put({ hostId: born }, wish(born));
    await eventually(() => view.get({ hostId: born }), 8_000);
    expect(view.get({ hostId: kept })?.value.cordoned).toBe(true);
    expect(view.get({ hostId: gone })).toBeUndefined();
  });

  test.skipIf(process.env['VIRTBUS_NATS_URL'])('goes on after its bucket is deleted, which it makes anew', async () => {
    const [before, after] = [host(), host()];
    await wishes().put({ hostId: before }, wish(before));
    const view = await open();
    await jsm.streams.delete('KV_virtbus_host_wishes');
    await wishes().put({ hostId: after }, wish(after));
    await eventually(() => view.get({ hostId: after }), 15_000);
    expect(view.get({ hostId: before })).toBeUndefined();
  });
});

async function deleteConsumers(): Promise<void> {
  for await (const { name } of jsm.consumers.list('KV_virtbus_host_wishes')) await jsm.consumers.delete('KV_virtbus_host_wishes', name);
}
