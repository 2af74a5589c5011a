import type { MonitorHappening } from '@virtbus/contracts';
import type { QmpEvent } from '@virtbus/qmp';
import { beforeEach, expect, test } from 'vitest';
import type { LiveGuest } from '../live-guest.js';
import { MonitorTeller } from './monitor-teller.js';

const uuid = (digit: number): string => `c7a5fdbd-edaf-9455-926a-d65c16db180${digit}`;

let now: number;
let signalled: { readonly tokens: object; readonly payload: MonitorHappening }[];
let teller: MonitorTeller;

beforeEach(() => {
  now = 5_000;
  signalled = [];
  const bus = {
    signal: (_: unknown, payload: MonitorHappening, { tokens }: { tokens: object }) => void signalled.push({ tokens, payload }),
  };
  teller = new MonitorTeller(bus as never, 'host-a', () => now);
});

function guest(number: number): (event?: Partial<QmpEvent>) => void {
  let say: (event: QmpEvent) => void = () => undefined;
  const monitor = { onEvent: (listener: typeof say) => (say = listener) };
  teller.watch({ entry: { uuid: uuid(number), name: `d${number}` }, monitor } as unknown as LiveGuest);
  return (event = {}) => say({ event: 'STOP', data: {}, timestamp: { seconds: 7, microseconds: 9 }, ...event });
}

test('what a monitor says is told as it was said', () => {
  guest(1)({ event: 'RTC_CHANGE', data: { offset: 3600, 'qom-path': '/machine/rtc' } });
  const payload = { uuid: uuid(1), name: 'd1', event: 'RTC_CHANGE', seconds: 7, microseconds: 9 };
  expect(signalled).toEqual([
    { tokens: { hostId: 'host-a', uuid: uuid(1) }, payload: { ...payload, details: '{"offset":3600,"qom-path":"/machine/rtc"}' } },
  ]);
});

test.each<[string, Partial<QmpEvent>, Partial<MonitorHappening>]>([
  ['nothing beside its name', { data: {} }, {}],
  ['as much as fits', { data: { a: 'x'.repeat(8_184) } }, { details: `{"a":"${'x'.repeat(8_184)}"}` }],
  ['one character more', { data: { a: 'x'.repeat(8_185) } }, {}],
  ['at no time', { timestamp: { seconds: -1, microseconds: -1 } }, { seconds: -1, microseconds: 0 }],
  ['under a long name', { event: 'E'.repeat(200) }, { event: 'E'.repeat(128) }],
])('a monitor that says %s', (_, event, expected) => {
  guest(1)(event);
  const whole = { uuid: uuid(1), name: 'd1', event: 'STOP', seconds: 7, microseconds: 9, ...expected };
  expect(signalled.map(({ payload }) => payload)).toEqual([whole]);
});

test('a noisy guest is cut off, says how much was passed over, and leaves room to others', () => {
  const noisy = guest(1);
  const quiet = guest(2);
  for (let each = 0; each < 1_000; each += 1) noisy();
  expect(signalled).toHaveLength(200);
  quiet();
  expect(signalled.at(-1)?.payload).toMatchObject({ uuid: uuid(2) });
  now += 50;
  noisy();
  noisy();
  expect(signalled).toHaveLength(202);
  expect(signalled.at(-1)?.payload).toMatchObject({ uuid: uuid(1), missed: 800 });
  now += 50;
  noisy();
  expect(signalled.at(-1)?.payload.missed).toBe(1);
});

test('many noisy guests are together bounded', () => {
  const guests = Array.from({ length: 10 }, (_, number) => guest(number));
  for (const say of guests) for (let each = 0; each < 200; each += 1) say();
  expect(signalled).toHaveLength(1_000);
  now += 1_000;
  for (const say of guests) for (let each = 0; each < 20; each += 1) say();
  expect(signalled).toHaveLength(1_100);
});
