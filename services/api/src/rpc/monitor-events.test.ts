import type { MonitorHappening } from '@virtbus/contracts';
import { beforeEach, expect, test } from 'vitest';
import { MonitorEvents, type MonitorSaid } from './monitor-events.js';
import { domainRecord, domainState, TestGateway, uuidOf } from './testing.js';

let gate: TestGateway;
let events: MonitorEvents;
/** What hosts are listened to for: a domain, or all of them. */
let listened: { readonly uuid: string | undefined; readonly tell: (said: MonitorSaid) => void; closed: boolean }[];

beforeEach(() => {
  gate = new TestGateway();
  gate.views.domains.put({ uuid: uuidOf(1) }, domainRecord(1, { project: 'blue' }));
  gate.views.placements.put({ uuid: uuidOf(1) }, { hostId: 'host-a', epoch: 1 } as never);
  gate.views.states.put({ uuid: uuidOf(1) }, domainState(1));
  listened = [];
  events = new MonitorEvents(gate.memory, (uuid, tell) => {
    const line = { uuid, tell, closed: false };
    listened.push(line);
    return { ready: Promise.resolve(), close: async () => void (line.closed = true) };
  });
});

const said = (more: Partial<MonitorHappening> = {}, hostId = 'host-a'): MonitorSaid => ({
  hostId,
  happening: { uuid: uuidOf(1), name: 'd1', event: 'RTC_CHANGE', seconds: 7, microseconds: 9, details: '{"offset":1}', ...more },
});
const watch = (callbackId: number, more: { object?: string; matches?: (name: string) => boolean } = {}) =>
  events.add({ session: gate.session, callbackId, object: more.object, matches: more.matches ?? (() => true) });
const common = { dom: { name: 'd1', uuid: uuidOf(1), id: 101 }, seconds: 7n, micros: 9 };
const whole = { ...common, event: 'RTC_CHANGE', details: '{"offset":1}' };

test('each registration hears what it asked for, once', async () => {
  await watch(1);
  await watch(2, { object: uuidOf(1) });
  await watch(3, { matches: (name) => name === 'STOP' });
  expect(listened.map(({ uuid }) => uuid)).toEqual([undefined, uuidOf(1)]);
  for (const { tell } of listened) tell(said());
  expect(gate.told).toEqual([
    { ...whole, callbackID: 1 },
    { ...whole, callbackID: 2 },
  ]);
});

test('what was passed over is told whatever was asked for', async () => {
  await watch(3, { matches: (name) => name === 'STOP' });
  listened[0]?.tell(said({ missed: 12 }));
  expect(gate.told).toEqual([{ ...common, callbackID: 3, event: 'VIRTBUS_EVENTS_MISSED', details: '{"events":12}' }]);
});

test('hosts are listened to until the last registration ends, and again after that', async () => {
  const end = await watch(1);
  const endOther = await watch(2);
  end();
  end();
  expect(listened.map(({ closed }) => closed)).toEqual([false]);
  endOther();
  expect(listened.map(({ closed }) => closed)).toEqual([true]);
  await watch(3);
  expect(listened.map(({ closed }) => closed)).toEqual([true, false]);
});

test('a host speaks for its own guests alone', async () => {
  await watch(1);
  listened[0]?.tell(said({}, 'host-b'));
  listened[0]?.tell(said({ uuid: uuidOf(2) }));
  expect(gate.told).toEqual([]);
});

test('what is another project’s is not heard', async () => {
  gate.identity = { name: 'token:ci', role: 'administrator', projects: ['red'], grants: [] };
  await watch(1);
  listened[0]?.tell(said());
  expect(gate.told).toEqual([]);
});
