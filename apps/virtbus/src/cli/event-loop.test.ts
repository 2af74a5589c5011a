import { beforeEach, expect, test, vi } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';
import { fakeDomain } from './fake/fake-domains.js';
import { FleetError } from './fleet.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
let line: FakeCommandLine;
beforeEach(() => {
  line = new FakeCommandLine();
  line.fleet.state.domains.add(fakeDomain('<name>web</name>'));
});

const started = { what: 'started', uuid, name: 'web', detail: 'booted', at: '2026-11-21T09:10:47.476Z', hostId: 'host-a' };

async function during(words: string[], happen: (tell: (happened: typeof started) => void) => void) {
  const ended = line.answer('event', ...words);
  await vi.waitFor(() => expect(line.fleet.watchers).toHaveLength(1));
  happen((happened) => line.fleet.watchers[0]?.(happened));
  return ended;
}

test('a fleet that cannot be watched fails the command', async () => {
  line.fleet.trouble = new FleetError('internal', 'internal error: no stream');
  expect(await line.answer('event', '--all')).toEqual({ status: 1, out: '\n', err: 'error: internal error: no stream\n' });
});

test('without --loop the first event that fits ends it', async () => {
  const answer = await during(['--event', 'lifecycle'], (tell) => {
    tell({ ...started, what: 'placed', detail: 'placed' });
    tell({ ...started, what: 'something-new' });
    tell(started);
    tell(started);
  });
  expect(answer).toEqual({ status: 0, out: "event 'lifecycle' for domain 'web': Started Booted\nevents received: 1\n\n", err: '' });
});

test('--loop goes on until Ctrl-C, of one domain only, with the time', async () => {
  const answer = await during(['--all', '--loop', '--domain', 'web', '--timestamp'], (tell) => {
    tell({ ...started, what: 'placed', detail: 'placed' });
    tell({ ...started, uuid: 'c7a5fdbd-0000-0000-0000-000000000000', name: 'other' });
    tell({ ...started, what: 'rebooted', detail: 'reset' });
    line.surroundings.interrupt();
  });
  const at = '2026-11-21 09:10:47.476+0000: ';
  expect(answer.out).toBe(
    `${at}event 'placed' for domain 'web': host-a\n${at}event 'reboot' for domain 'web'\nevent loop interrupted\nevents received: 2\n\n`,
  );
});

test('--timeout ends it, and nothing received is a failure', async () => {
  const answer = await line.answer('event', '--event', 'lifecycle', '--timeout', '1', '--loop');
  expect(answer).toEqual({ status: 1, out: 'event loop timed out\nevents received: 0\n\n', err: '' });
});

test('the first event that fits ends the time and the listening too', async () => {
  vi.useFakeTimers();
  try {
    await during(['--event', 'lifecycle', '--timeout', '60'], (tell) => tell(started));
    expect([vi.getTimerCount(), line.surroundings.interrupts.size]).toEqual([0, 0]);
  } finally {
    vi.useRealTimers();
  }
});

test('--json gives a document a line and nothing else', async () => {
  const { out } = await during(['--all', '--json'], (tell) => tell(started));
  expect(
    out
      .split('\n')
      .filter(Boolean)
      .map((text) => JSON.parse(text) as unknown),
  ).toEqual([{ event: 'lifecycle', ...started }]);
});

test.each<[string, object, string]>([
  ['a clock', { what: 'rtcchanged', detail: '3600' }, "event 'rtc-change' for domain 'web': 3600"],
  ['a watchdog', { what: 'watchdog', detail: 'reset' }, "event 'watchdog' for domain 'web': reset"],
  [
    'a disk',
    { what: 'ioerror', detail: 'pause', more: { source: '/a.img', device: 'virtio-disk0' } },
    "event 'io-error' for domain 'web': /a.img (virtio-disk0) pause",
  ],
  ['a balloon', { what: 'balloonchanged', detail: '65536' }, "event 'balloon-change' for domain 'web': 65536KiB"],
  [
    'a tray',
    { what: 'traychanged', detail: 'open', more: { device: 'ide0-0-1' } },
    "event 'tray-change' for domain 'web' disk ide0-0-1: opened",
  ],
  ['a device', { what: 'deviceremoved', detail: 'net1' }, "event 'device-removed' for domain 'web': net1"],
  [
    'an agent',
    { what: 'agentlifecycle', detail: 'connected' },
    "event 'agent-lifecycle' for domain 'web': state: 'connected' reason: 'channel event'",
  ],
  ['a title', { what: 'metadatachanged', detail: 'title' }, "event 'metadata-change' for domain 'web': type title, uri <null>"],
])('%s is told in virsh’s words', async (_, happened, words) => {
  const { out } = await during(['--all'], (tell) => tell({ ...started, ...happened }));
  expect(out).toBe(`${words}\nevents received: 1\n\n`);
});
