import { beforeEach, expect, test, vi } from 'vitest';
import { FakeCommandLine } from './fake/command-line.js';
import { fakeDomain } from './fake/fake-domains.js';

const uuid = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const stop = { uuid, name: 'web', event: 'STOP', seconds: 1_763_716_247, microseconds: 476_005 };
const rtc = { ...stop, event: 'RTC_CHANGE', details: '{"offset":3600,"text":"\\u001b"}' };
let line: FakeCommandLine;
beforeEach(() => {
  line = new FakeCommandLine();
  line.fleet.state.domains.add(fakeDomain('<name>web</name>'));
});

async function during(words: readonly string[], ...said: readonly object[]) {
  const ended = line.answer('qemu-monitor-event', ...words);
  await vi.waitFor(() => expect(line.fleet.monitorListeners).toHaveLength(1));
  for (const one of said) line.fleet.monitorListeners[0]?.(one as never);
  line.surroundings.interrupt();
  return ended;
}

test.each<[string[], string[]]>([
  [
    ['--loop'],
    ["event STOP at 1763716247.476005 for domain 'web': <null>", `event RTC_CHANGE at 1763716247.476005 for domain 'web': ${rtc.details}`],
  ],
  [['--loop', '--event', 'STOP'], ["event STOP at 1763716247.476005 for domain 'web': <null>"]],
  [['--loop', '--event', 'stop'], []],
  [['--event', 'stop', '--no-case', '--timestamp'], ["2025-11-21 09:10:47.476+0000: event STOP for domain 'web': <null>"]],
  [['--loop', '--event', '^ST|^X', '--regex', '--timestamp'], ["2025-11-21 09:10:47.476+0000: event STOP for domain 'web': <null>"]],
  [
    ['--event', 'rtc', '--regex', '--no-case', '--pretty'],
    [`event RTC_CHANGE at 1763716247.476005 for domain 'web': {\n  "offset": 3600,\n  "text": "\\u001b"\n}`],
  ],
])('%j', async (words, told) => {
  const { out } = await during(words, stop, rtc);
  const lines = out.split('\n').filter((each) => !/^event(?:s| loop) /.test(each) && each !== '');
  expect(lines.join('\n')).toBe(told.join('\n'));
});

test('of one domain only that one is told', async () => {
  const { out } = await during(['--domain', 'web', '--loop'], { ...stop, uuid: uuid.replace('c7', 'c8'), name: 'other' }, stop);
  expect(out).toBe("event STOP at 1763716247.476005 for domain 'web': <null>\nevent loop interrupted\nevents received: 1\n\n");
});

test('how many were left out is said first', async () => {
  const { out } = await during(['--loop'], { ...stop, missed: 3 });
  expect(out).toMatch(/^event VIRTBUS_EVENTS_MISSED at \S+ for domain 'web': {"events":3}\nevent STOP /);
});

test('--json gives a document a line', async () => {
  expect(JSON.parse((await during(['--json'], rtc)).out)).toEqual(rtc);
});

test.each([
  [['--regex', '--event', '('], "invalid argument: failed to compile regex '('"],
  [['--domain', 'nope'], "failed to get domain 'nope'"],
])('%j is refused in virsh’s words', async (words, complaint) => {
  expect(await line.answer('qemu-monitor-event', ...words)).toEqual({ status: 1, out: '\n', err: `error: ${complaint}\n` });
});

test('nothing in time is a failure', async () => {
  const answer = await line.answer('qemu-monitor-event', '--timeout', '1');
  expect(answer).toEqual({ status: 1, out: 'event loop timed out\nevents received: 0\n\n', err: '' });
});
