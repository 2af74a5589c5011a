import type { DomainStateName, DomainStatus, LifecycleEvent } from '@virtbus/contracts';

/**
 * What moves a domain on its host between libvirt's states, and the lifecycle events that this says, in libvirt's order. The picture is
 * docs/generated/domain-lifecycle.md. Phases are states, except that `starting` is libvirt's paused with reason starting-up.
 *
 * Verbs are asked and may be refused; happenings are facts about QEMU and are never refused: a happening that a phase does not list
 * changes nothing there. So a RESUME that QEMU tells while the domain is still starting is passed over, and `booted` says both events.
 */
export type Phase = 'shutoff' | 'starting' | 'running' | 'paused' | 'shutdown' | 'pmsuspended';

/** What can be asked. `start` is asked of the host; the others of the guest or its QEMU. */
export type Verb = 'start' | 'shutdown' | 'reboot' | 'reset' | 'suspend' | 'resume' | 'destroy';

export type Happening =
  /** QEMU is being prepared and launched. */
  | 'launched'
  /** The start is complete: processors run. */
  | 'booted'
  /** The start is complete: processors wait, as asked. */
  | 'booted_paused'
  /** The start failed before QEMU ran. */
  | 'launch_failed'
  /** The start failed after QEMU ran. */
  | 'start_failed'
  /** QMP STOP, or an answered `stop`. */
  | 'stopped'
  /** QMP RESUME, or an answered `cont`. */
  | 'resumed'
  /** QMP BLOCK_IO_ERROR with action stop. */
  | 'io_error'
  /** QMP WATCHDOG with action pause. */
  | 'watchdog'
  /** QMP GUEST_PANICKED. */
  | 'panicked'
  /** QMP GUEST_CRASHLOADED. */
  | 'crash_loaded'
  /** QMP SHUTDOWN with guest true. */
  | 'guest_shutdown'
  /** QMP SHUTDOWN with guest false. */
  | 'host_shutdown'
  /** QMP SUSPEND, SUSPEND_DISK and WAKEUP. */
  | 'slept'
  | 'slept_to_disk'
  | 'woke'
  /** The process is gone: after a SHUTDOWN (also that of a SIGTERM from outside), by destroy, or without a word. */
  | 'ended_shutdown'
  | 'ended_destroyed'
  | 'ended_crashed';

export interface Change {
  /** Absent where something is only said. */
  readonly to?: DomainStatus;
  readonly events: readonly LifecycleEvent[];
}

const status = {
  starting: { state: 'paused', reason: 'starting-up' },
  booted: { state: 'running', reason: 'booted' },
  unpaused: { state: 'running', reason: 'unpaused' },
  woken: { state: 'running', reason: 'wakeup' },
  paused: { state: 'paused', reason: 'user' },
  ioError: { state: 'paused', reason: 'ioerror' },
  watchdog: { state: 'paused', reason: 'watchdog' },
  panicked: { state: 'paused', reason: 'crashed' },
  shutdown: { state: 'shutdown', reason: 'unknown' },
  asleep: { state: 'pmsuspended', reason: 'unknown' },
  off: { state: 'shutoff', reason: 'shutdown' },
  destroyed: { state: 'shutoff', reason: 'destroyed' },
  crashed: { state: 'shutoff', reason: 'crashed' },
  failed: { state: 'shutoff', reason: 'failed' },
} as const satisfies Record<string, DomainStatus>;

const event = {
  booted: { event: 'started', detail: 'booted' },
  woken: { event: 'started', detail: 'wakeup' },
  unpaused: { event: 'resumed', detail: 'unpaused' },
  paused: { event: 'suspended', detail: 'paused' },
  ioError: { event: 'suspended', detail: 'ioerror' },
  watchdog: { event: 'suspended', detail: 'watchdog' },
  panicked: { event: 'crashed', detail: 'panicked' },
  crashLoaded: { event: 'crashed', detail: 'crashloaded' },
  byGuest: { event: 'shutdown', detail: 'guest' },
  byHost: { event: 'shutdown', detail: 'host' },
  asleep: { event: 'pmsuspended', detail: 'memory' },
  asleepOnDisk: { event: 'pmsuspended', detail: 'disk' },
  off: { event: 'stopped', detail: 'shutdown' },
  destroyed: { event: 'stopped', detail: 'destroyed' },
  failed: { event: 'stopped', detail: 'failed' },
} as const satisfies Record<string, LifecycleEvent>;

const change = (to: DomainStatus, ...events: readonly LifecycleEvent[]): Change => ({ to, events });
const say = (...events: readonly LifecycleEvent[]): Change => ({ events });

/** The process can end in any phase in which there is one. */
const ends = {
  ended_shutdown: change(status.off, event.off),
  ended_destroyed: change(status.destroyed, event.destroyed),
  ended_crashed: change(status.crashed, event.failed),
};

/** A guest whose processors have run can go down, also while they are stopped: its QEMU may be told to. */
const goesDown = {
  guest_shutdown: change(status.shutdown, event.byGuest),
  host_shutdown: change(status.shutdown, event.byHost),
};

export const transitions: Readonly<Record<Phase, Partial<Record<Happening, Change>>>> = {
  shutoff: { launched: change(status.starting) },
  starting: {
    booted: change(status.booted, event.unpaused, event.booted),
    booted_paused: change(status.paused, event.booted, event.paused),
    launch_failed: change(status.failed),
    start_failed: change(status.failed, event.failed),
    host_shutdown: change(status.shutdown, event.byHost),
    ...ends,
  },
  running: {
    stopped: change(status.paused, event.paused),
    io_error: change(status.ioError, event.ioError),
    watchdog: change(status.watchdog, event.watchdog),
    panicked: change(status.panicked, event.panicked),
    crash_loaded: say(event.crashLoaded),
    slept: change(status.asleep, event.asleep),
    slept_to_disk: change(status.asleep, event.asleepOnDisk),
    ...goesDown,
    ...ends,
  },
  paused: { resumed: change(status.unpaused, event.unpaused), panicked: change(status.panicked, event.panicked), ...goesDown, ...ends },
  // A guest that has powered off and runs again was reset by a reboot that had been asked for.
  shutdown: {
    resumed: change(status.booted, event.unpaused),
    ended_shutdown: ends.ended_shutdown,
    ended_destroyed: ends.ended_destroyed,
    ended_crashed: ends.ended_shutdown,
  },
  pmsuspended: { woke: change(status.woken, event.woken), ...goesDown, ...ends },
};

export interface Transition {
  readonly status: DomainStatus;
  /** In the order in which they are to be said. */
  readonly events: readonly LifecycleEvent[];
}

/** Where a happening leads. One that means nothing in this phase leaves the very same status and says nothing. */
export function next(from: DomainStatus, happening: Happening): Transition {
  const { to = from, events }: Change = transitions[phaseOf(from)][happening] ?? say();
  return { status: to, events };
}

/** States that are never entered here may still come from elsewhere: each is taken for the phase that allows the same. */
const phases: Readonly<Record<DomainStateName, Phase>> = {
  nostate: 'shutoff',
  running: 'running',
  blocked: 'running',
  paused: 'paused',
  shutdown: 'shutdown',
  shutoff: 'shutoff',
  crashed: 'paused',
  pmsuspended: 'pmsuspended',
};

export function phaseOf({ state, reason }: DomainStatus): Phase {
  return reason === status.starting.reason ? 'starting' : phases[state];
}

/** `already`: nothing is left to do, and that is a success. */
export type Answer = { readonly type: 'accepted' } | { readonly type: 'already' } | { readonly type: 'refused'; readonly words: string };

const accepted: Answer = { type: 'accepted' };
const already: Answer = { type: 'already' };
const refused = (words: string): Answer => ({ type: 'refused', words });

const notRunning = refused('domain is not running');
const alreadyRunning = refused('domain is already running');
const startingUp = refused('domain is starting up');
const goingDown = refused('domain is shutting down');
const asleep = refused('domain is pmsuspended');

const active = { start: alreadyRunning, shutdown: accepted, reboot: accepted, reset: accepted, destroy: accepted };
const each = (answer: Answer) => ({ shutdown: answer, reboot: answer, reset: answer, suspend: answer, resume: answer });

/** The words of a refusal follow libvirt's "Requested operation is not valid: " (code 55). */
export const verbs: Readonly<Record<Phase, Readonly<Record<Verb, Answer>>>> = {
  shutoff: { ...each(notRunning), start: accepted, destroy: notRunning },
  starting: { ...each(startingUp), start: alreadyRunning, destroy: accepted },
  running: { ...active, suspend: accepted, resume: alreadyRunning },
  // A button that is pressed while nothing runs: libvirt presses it for a reboot alone.
  paused: { ...active, shutdown: notRunning, suspend: already, resume: accepted },
  shutdown: { ...each(goingDown), start: alreadyRunning, shutdown: already, destroy: accepted },
  pmsuspended: { ...active, suspend: asleep, resume: asleep },
};

export function decide(now: DomainStatus, verb: Verb): Answer {
  return verbs[phaseOf(now)][verb];
}

const byRunState: Readonly<Record<string, DomainStatus>> = {
  running: { state: 'running', reason: 'unknown' },
  shutdown: status.shutdown,
  suspended: status.asleep,
  'io-error': status.ioError,
  watchdog: status.watchdog,
  'guest-panicked': status.panicked,
};

/**
 * What a domain is after a restart of the agent, from QEMU's own run state (qapi/run-state.json): as it was known, where that agrees in the
 * state, since QEMU does not know the reason; otherwise what happened meanwhile. Nothing is said of it: nobody saw when.
 */
export function foundAgain(known: DomainStatus, runState: string): DomainStatus {
  const found = byRunState[runState] ?? { state: 'paused', reason: 'unknown' };
  const vague = found.reason === 'unknown';
  return vague && found.state === known.state ? known : found;
}
