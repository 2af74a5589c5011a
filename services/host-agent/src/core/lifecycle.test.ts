import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lifecyclePage } from './lifecycle-page.js';
import { decide, foundAgain, next, phaseOf, transitions, verbs, type Answer, type Happening, type Phase, type Verb } from './lifecycle.js';
import { lifecycleNumbers, stateNumbers, type DomainStatus, type LifecycleEvent } from '@virtbus/contracts';

const off: DomainStatus = { state: 'shutoff', reason: 'unknown' };
const phases = Object.keys(transitions) as Phase[];
const happenings = [...new Set(phases.flatMap((phase) => Object.keys(transitions[phase])))] as Happening[];
const verbNames = Object.keys(verbs.running) as Verb[];

/** libvirt's numbers of all that was said, and of where it led. */
function play(...history: Happening[]): { said: string; at: string } {
  let status = off;
  const said: LifecycleEvent[] = [];
  for (const happening of history) {
    const step = next(status, happening);
    status = step.status;
    said.push(...step.events);
  }
  return { said: said.map(numbersOf).join(' '), at: statusNumbers(status) };
}

function numbersOf({ event, detail }: LifecycleEvent): string {
  const { number, details } = lifecycleNumbers[event];
  return `${number},${(details as Record<string, number>)[detail]}`;
}

function statusNumbers({ state, reason }: DomainStatus): string {
  const { number, reasons } = stateNumbers[state];
  return `${number}/${(reasons as Record<string, number>)[reason]}`;
}

describe('as libvirt was seen to do', () => {
  test.each<[string, Happening[], string, string]>([
    ['start: resumed comes first', ['launched', 'booted'], '4,0 2,0', '1/1'],
    ['start, with the RESUME that cont causes', ['launched', 'resumed', 'booted'], '4,0 2,0', '1/1'],
    ['start paused', ['launched', 'booted_paused'], '2,0 3,0', '3/1'],
    ['while starting', ['launched'], '', '3/11'],
    ['suspend', ['launched', 'booted', 'stopped'], '4,0 2,0 3,0', '3/1'],
    ['suspend, already paused', ['launched', 'booted_paused', 'stopped'], '2,0 3,0', '3/1'],
    ['resume', ['launched', 'booted_paused', 'resumed'], '2,0 3,0 4,0', '1/5'],
    ['resume, already running', ['launched', 'booted', 'resumed'], '4,0 2,0', '1/1'],
    ['destroy', ['launched', 'booted', 'host_shutdown', 'ended_destroyed'], '4,0 2,0 6,2 5,1', '5/2'],
    ['destroy of a guest that SIGTERM does not reach', ['launched', 'booted', 'ended_destroyed'], '4,0 2,0 5,1', '5/2'],
    ['guest poweroff', ['launched', 'booted', 'guest_shutdown', 'ended_shutdown'], '4,0 2,0 6,1 5,0', '5/1'],
    [
      'guest poweroff, with the SHUTDOWN of letting it go',
      ['launched', 'booted', 'guest_shutdown', 'host_shutdown', 'ended_shutdown'],
      '4,0 2,0 6,1 5,0',
      '5/1',
    ],
    ['kill -TERM', ['launched', 'booted', 'host_shutdown', 'ended_shutdown'], '4,0 2,0 6,2 5,0', '5/1'],
    ['kill -KILL', ['launched', 'booted', 'ended_crashed'], '4,0 2,0 5,5', '5/3'],
    ['kill -KILL of a paused guest', ['launched', 'booted_paused', 'ended_crashed'], '2,0 3,0 5,5', '5/3'],
    ['a start that fails before QEMU runs', ['launched', 'launch_failed'], '', '5/6'],
    ['a start that fails after QEMU ran', ['launched', 'start_failed'], '5,5', '5/6'],
    ['an I/O error, with the STOP that follows', ['launched', 'booted', 'io_error', 'stopped'], '4,0 2,0 3,2', '3/5'],
    ['a watchdog, with the STOP that follows', ['launched', 'booted', 'watchdog', 'stopped'], '4,0 2,0 3,3', '3/6'],
    ['a panic', ['launched', 'booted', 'panicked'], '4,0 2,0 8,0', '3/10'],
    ['a panic that QEMU has stopped for', ['launched', 'booted', 'stopped', 'panicked'], '4,0 2,0 3,0 8,0', '3/10'],
    ['a crash kernel', ['launched', 'booted', 'crash_loaded'], '4,0 2,0 8,1', '1/1'],
    ['sleep and waking', ['launched', 'booted', 'slept', 'woke'], '4,0 2,0 7,0 2,4', '1/8'],
    ['sleep on disk', ['launched', 'booted', 'slept_to_disk'], '4,0 2,0 7,1', '7/0'],
    ['a reboot by its host: power off, reset, on', ['launched', 'booted', 'guest_shutdown', 'resumed'], '4,0 2,0 6,1 4,0', '1/1'],
    ['a guest that ends unseen after its poweroff', ['launched', 'booted', 'guest_shutdown', 'ended_crashed'], '4,0 2,0 6,1 5,0', '5/1'],
    ['a second life', ['launched', 'booted', 'ended_crashed', 'launched', 'booted'], '4,0 2,0 5,5 4,0 2,0', '1/1'],
  ])('%s', (_, history, said, at) => expect(play(...history)).toEqual({ said, at }));
});

/** Begins in every phase about as often: chance alone seldom finds the way to sleep. */
const beginnings: Happening[][] = [
  [],
  ['launched'],
  ['launched', 'booted'],
  ['launched', 'booted_paused'],
  ['launched', 'booted', 'slept'],
  ['launched', 'booted', 'guest_shutdown'],
];
const arbHistory = fc
  .tuple(fc.constantFrom(...beginnings), fc.array(fc.constantFrom(...happenings), { maxLength: 6 }))
  .map(([beginning, more]) => [...beginning, ...more]);

function statusAfter(history: readonly Happening[]): DomainStatus {
  return history.reduce((status, happening) => next(status, happening).status, off);
}

test('whatever happened before, a domain that is active can be destroyed, and is then shut off', () =>
  fc.assert(
    fc.property(arbHistory, (history) => {
      const status = statusAfter(history);
      if (status.state === 'shutoff') return;
      expect(decide(status, 'destroy').type).toBe('accepted');
      expect(next(status, 'ended_destroyed')).toEqual({
        status: { state: 'shutoff', reason: 'destroyed' },
        events: [{ event: 'stopped', detail: 'destroyed' }],
      });
    }),
  ));

test('whatever happens, every state has a reason of its own and every event a detail of its own', () =>
  fc.assert(
    fc.property(arbHistory, (history) => {
      const { said, at } = play(...history);
      expect(`${at} ${said}`).not.toContain('undefined');
    }),
  ));

test('stopped is said exactly when an active domain becomes shut off, unless QEMU never ran', () =>
  fc.assert(
    fc.property(arbHistory, fc.constantFrom(...happenings), (history, happening) => {
      const before = statusAfter(history);
      const { status, events } = next(before, happening);
      const hasStopped = before.state !== 'shutoff' && status.state === 'shutoff' && happening !== 'launch_failed';
      expect(events.filter(({ event }) => event === 'stopped').length).toBe(hasStopped ? 1 : 0);
    }),
  ));

test('started is said exactly when a start is complete or a guest wakes', () =>
  fc.assert(
    fc.property(arbHistory, fc.constantFrom(...happenings), (history, happening) => {
      const before = statusAfter(history);
      const completes = before.reason === 'starting-up' && (happening === 'booted' || happening === 'booted_paused');
      const wakes = before.state === 'pmsuspended' && happening === 'woke';
      expect(next(before, happening).events.some(({ event }) => event === 'started')).toBe(completes || wakes);
    }),
  ));

test('a domain that is shut off hears only of its next launch', () => {
  for (const happening of happenings) expect(next(off, happening).status === off).toBe(happening !== 'launched');
});

const leavesOf = (phase: Phase) => Object.values(transitions[phase]).flatMap(({ to }) => (to ? [phaseOf(to)] : []));

test('every phase is reached from shutoff', () => {
  const reached = new Set<Phase>(['shutoff']);
  for (const _ of phases) for (const phase of [...reached].flatMap(leavesOf)) reached.add(phase);
  expect([...reached].toSorted()).toEqual(phases.toSorted());
});

const says = (answer: Answer) => (answer.type === 'refused' ? answer.words : answer.type);

test.each<[string, DomainStatus, Verb, string]>([
  ['start of one that runs', { state: 'running', reason: 'booted' }, 'start', 'domain is already running'],
  ['start of one that is paused', { state: 'paused', reason: 'user' }, 'start', 'domain is already running'],
  ['start of one that crashed', { state: 'shutoff', reason: 'crashed' }, 'start', 'accepted'],
  ['resume of one that runs', { state: 'running', reason: 'unpaused' }, 'resume', 'domain is already running'],
  ['resume of one that had an I/O error', { state: 'paused', reason: 'ioerror' }, 'resume', 'accepted'],
  ['suspend of one that is paused', { state: 'paused', reason: 'user' }, 'suspend', 'already'],
  ['suspend of one that starts', { state: 'paused', reason: 'starting-up' }, 'suspend', 'domain is starting up'],
  ['destroy of one that starts', { state: 'paused', reason: 'starting-up' }, 'destroy', 'accepted'],
  ['shutdown of one that is paused', { state: 'paused', reason: 'user' }, 'shutdown', 'domain is not running'],
  ['reboot of one that is paused', { state: 'paused', reason: 'user' }, 'reboot', 'accepted'],
  ['shutdown of one that goes down', { state: 'shutdown', reason: 'unknown' }, 'shutdown', 'already'],
  ['resume of one that sleeps', { state: 'pmsuspended', reason: 'unknown' }, 'resume', 'domain is pmsuspended'],
])('%s', (_, status, verb, answer) => expect(says(decide(status, verb))).toBe(answer));

test('nothing but a start is accepted of a domain that is shut off', () => {
  for (const verb of verbNames) expect(says(decide(off, verb))).toBe(verb === 'start' ? 'accepted' : 'domain is not running');
});

test.each<[string, DomainStatus, string, DomainStatus]>([
  ['runs as before', { state: 'running', reason: 'booted' }, 'running', { state: 'running', reason: 'booted' }],
  ['is paused as before', { state: 'paused', reason: 'ioerror' }, 'paused', { state: 'paused', reason: 'ioerror' }],
  ['had an I/O error meanwhile', { state: 'running', reason: 'booted' }, 'io-error', { state: 'paused', reason: 'ioerror' }],
  ['had an I/O error while paused', { state: 'paused', reason: 'user' }, 'io-error', { state: 'paused', reason: 'ioerror' }],
  ['was paused by another hand', { state: 'running', reason: 'booted' }, 'paused', { state: 'paused', reason: 'unknown' }],
  ['was resumed by another hand', { state: 'paused', reason: 'user' }, 'running', { state: 'running', reason: 'unknown' }],
  ['powered off meanwhile', { state: 'running', reason: 'booted' }, 'shutdown', { state: 'shutdown', reason: 'unknown' }],
  ['had not been let run yet', { state: 'paused', reason: 'starting-up' }, 'prelaunch', { state: 'paused', reason: 'starting-up' }],
  ['is in a state that QEMU invents tomorrow', { state: 'running', reason: 'booted' }, 'novel', { state: 'paused', reason: 'unknown' }],
])('a domain found again that %s', (_, known, runState, expected) => expect(foundAgain(known, runState)).toEqual(expected));

test.each<[DomainStatus, Phase]>([
  [{ state: 'nostate', reason: 'unknown' }, 'shutoff'],
  [{ state: 'blocked', reason: 'unknown' }, 'running'],
  [{ state: 'crashed', reason: 'panicked' }, 'paused'],
])('%o, which is never entered here, is taken for a phase all the same', (status, phase) => expect(phaseOf(status)).toBe(phase));

test('docs/generated/domain-lifecycle.md shows the tables', () =>
  expect(lifecyclePage()).toMatchFileSnapshot('../../../../docs/generated/domain-lifecycle.md'));
