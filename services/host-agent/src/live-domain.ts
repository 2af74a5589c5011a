import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal, type DomainStatus } from '@virtbus/contracts';
import type { Monitor } from '@virtbus/qmp';
import { endedState, stateOf, type DomainEntry } from './core/domain-entry.js';
import { endingOf } from './core/ending.js';
import { portKeysOf } from './core/interface-record.js';
import { decide, foundAgain, next, type Happening, type Verb } from './core/lifecycle.js';
import type { DomainWorld } from './domain-world.js';
import type { DomainEventName } from './ports.js';
import { passing } from './failpoints.js';
import type { Connection } from './interfaces/connection.js';
import { connectionsOf } from './interfaces/connections-of.js';
import type { LiveGuest } from './live-guest.js';
import type { QemuEnd, RunningQemu } from './qemu/qemu.js';

/** How long a command that ends a domain waits for netd to take the ports back; after that it goes on in the background. */
const RELEASE_WAIT_MS = 3_000;
/** A QEMU that closes its monitor because it ends is gone within this. Milliseconds. */
const ENDING_MS = 2_000;
const RETRY_MS = [200, 5_000] as const;

/** What QEMU tells, and what it means for the domain. */
const meanings: Readonly<Record<string, Happening>> = {
  STOP: 'stopped',
  RESUME: 'resumed',
  GUEST_PANICKED: 'panicked',
  GUEST_CRASHLOADED: 'crash_loaded',
  SUSPEND: 'slept',
  SUSPEND_DISK: 'slept_to_disk',
  WAKEUP: 'woke',
};

const invalid = (words: string): Refusal => new Refusal('operation_invalid', `Requested operation is not valid: ${words}`);

/**
 * One guest of this host, from the moment that its QEMU runs to the moment that nothing of it is left. Verbs come one after another
 * (the runner sees to it); what QEMU says comes whenever it comes. core/lifecycle.ts decides where each leads. Every change is written
 * to the journal and told to the fleet, in order and until it is heard.
 */
export class LiveDomain implements LiveGuest {
  /** Resolves when nothing is left on this host. */
  readonly gone: Promise<void>;
  /** Answers true once the monitor has closed although QEMU goes on, false once QEMU has ended. */
  readonly monitorLost: Promise<boolean>;
  private rebooting = false;
  /** Settles when everything that has happened so far has been told. */
  private told: Promise<void> = Promise.resolve();
  /** Settles when the host's ends of its interfaces have followed its processors so far. */
  private switched: Promise<void> = Promise.resolve();

  constructor(
    private current: DomainEntry,
    private readonly qemu: RunningQemu,
    private readonly world: DomainWorld,
  ) {
    this.listen();
    this.gone = qemu.ended.then((end) => this.finish(end));
    this.monitorLost = qemu.monitor.closed.then(() => Promise.race([qemu.ended.then(() => false), sleep(ENDING_MS, true, { ref: false })]));
  }

  get entry(): DomainEntry {
    return this.current;
  }

  /** The start is complete: says so, in libvirt's order. */
  async booted(): Promise<void> {
    await this.happened(this.current.startPaused ? 'booted_paused' : 'booted', this.current.commandId);
    void this.letGoWhenOff();
  }

  /** After a restart of the agent: what the fleet knows may be old, and what QEMU does may be new. */
  async foundAgain(runState: string): Promise<void> {
    const found = foundAgain(statusOf(this.current), runState);
    this.enter(found);
    await this.tell(this.current, []);
    // It powered off while nobody listened; QEMU waits to be let go.
    if (found.state === 'shutdown') this.qemu.terminate();
  }

  /** @throws Refusal operation_invalid; QmpError, CommandTimeout, MonitorClosed */
  async perform(verb: Exclude<Verb, 'start'>): Promise<void> {
    const answer = decide(statusOf(this.current), verb);
    if (answer.type === 'refused') throw invalid(answer.words);
    if (answer.type === 'accepted') await this.act(verb);
    await this.switched;
    await this.told;
  }

  get monitor(): Monitor {
    return this.qemu.monitor;
  }

  get pid(): number {
    return this.qemu.pid;
  }

  /** @throws Refusal operation_invalid once the guest is going; what `act` throws */
  async operate<T>(act: (guest: LiveGuest) => Promise<T>): Promise<T> {
    if (this.current.state === 'shutoff') throw invalid('domain is not running');
    return act(this);
  }

  async amend(change: (entry: DomainEntry) => DomainEntry): Promise<void> {
    this.current = change(this.current);
    await this.tell(this.current, []);
  }

  /** Lets go of the guest without touching it. */
  release(): void {
    this.qemu.release();
  }

  private async act(verb: Exclude<Verb, 'start'>): Promise<void> {
    const { monitor } = this.qemu;
    switch (verb) {
      case 'shutdown':
      case 'reboot':
        this.rebooting = verb === 'reboot';
        await monitor.execute('system_powerdown');
        return;
      case 'reset':
        await monitor.execute('system_reset');
        return;
      case 'suspend':
        // QEMU tells STOP before it answers, so the state has changed when this returns.
        await monitor.execute('stop');
        return;
      case 'resume':
        await this.activate();
        await monitor.execute('cont');
        return;
      case 'destroy':
        return this.destroy();
    }
  }

  private async destroy(): Promise<void> {
    const outcome = await this.qemu.destroy();
    if (outcome.type === 'stuck') {
      const words = `internal error: QEMU process ${this.qemu.pid} of domain '${this.current.name}' does not end (state ${outcome.state})`;
      throw new Refusal('operation_failed', words, { libvirt: 1 });
    }
    await this.gone;
  }

  private listen(): void {
    const { monitor } = this.qemu;
    for (const [event, happening] of Object.entries(meanings)) {
      monitor.onEvent((told) => {
        if (told.event === event) void this.happened(happening);
      });
    }
    monitor.on('BLOCK_IO_ERROR', ({ data }) => void (data.action === 'stop' && this.happened('io_error')));
    monitor.on('WATCHDOG', ({ data }) => void (data.action === 'pause' && this.happened('watchdog')));
    monitor.on('STOP', () => this.deactivate());
    monitor.on('RESET', () => void this.say([{ event: 'rebooted', detail: 'reset' }]));
    monitor.on('SHUTDOWN', ({ data }) => this.onShutdown(data.guest));
  }

  /** QEMU runs with -no-shutdown: it stays until it is let go, or is reset because a reboot was asked for. */
  private onShutdown(guest: boolean): void {
    if (this.rebooting && guest) {
      this.rebooting = false;
      this.restart().catch((error: unknown) => this.world.log.error(`domain '${this.current.name}' cannot be restarted`, error));
      return;
    }
    void this.happened(guest ? 'guest_shutdown' : 'host_shutdown');
    this.qemu.terminate();
  }

  /** A guest that powered off before anybody listened. */
  private async letGoWhenOff(): Promise<void> {
    const answer = await this.qemu.monitor.execute('query-status').catch(() => undefined);
    if (answer?.status === 'shutdown') this.onShutdown(true);
  }

  private async restart(): Promise<void> {
    await this.qemu.monitor.execute('system_reset');
    await this.activate();
    await this.qemu.monitor.execute('cont');
  }

  private connections(): Connection[] {
    return connectionsOf(this.current, this.world.pathsOf(this.current.uuid).directory);
  }

  private activate(): Promise<void> {
    const done = this.switched.then(() => this.world.interfaces.activate(this.connections()));
    this.switched = done.catch(() => undefined);
    return done;
  }

  /** A guest whose processors stop gets no frames. */
  private deactivate(): void {
    this.switched = this.switched
      .then(() => this.world.interfaces.deactivate(this.connections()))
      .catch((error: unknown) => this.world.log.error(`domain '${this.current.name}': an interface cannot be stopped`, error));
  }

  private enter({ state, reason }: DomainStatus): void {
    this.current = { ...this.current, state, reason, since: this.world.now() };
  }

  private happened(happening: Happening, commandId?: string): Promise<void> {
    const before = statusOf(this.current);
    const { status, events } = next(before, happening);
    if (status === before && events.length === 0) return this.told;
    if (status !== before) this.enter(status);
    return this.tell(this.current, events, commandId);
  }

  private tell(entry: DomainEntry, events: readonly Said[], commandId?: string): Promise<void> {
    const { journal, reports, hostId } = this.world;
    this.told = this.told.then(async () => {
      // Sent in this order on one connection; none waits for the answer to another.
      const state = untilHeard(this.world, () => reports.domainState(stateOf(entry, hostId)));
      const said = events.map((each) => this.publish(entry, each, commandId));
      await Promise.all([state, ...said, journal.write(entry.uuid, entry)]);
    });
    this.told.catch((error: unknown) => this.world.log.error(`domain '${entry.name}': its journal cannot be written`, error));
    return this.told;
  }

  private say(events: readonly Said[]): Promise<void> {
    this.told = this.told.then(async () => {
      for (const said of events) await this.publish(this.current, said);
    });
    return this.told;
  }

  private publish({ uuid, name, epoch, since }: DomainEntry, { event, detail }: Said, commandId?: string): Promise<void> {
    const happening = { uuid, name, detail, at: since, hostId: this.world.hostId, epoch };
    return untilHeard(this.world, () => this.world.reports.domainEvent(event, happening, commandId));
  }

  private async finish(end: QemuEnd): Promise<void> {
    const { status, events } = next(statusOf(this.current), endingOf(end));
    this.enter(status);
    await this.told.catch(() => undefined);
    const detail = events.find(({ event }) => event === 'stopped')?.detail ?? 'failed';
    await dismantle(this.current, this.world, {
      detail,
      ...(status.reason === 'crashed' && end.lastWords ? { error: end.lastWords } : {}),
    });
  }
}

interface Said {
  readonly event: DomainEventName;
  readonly detail: string;
}

const statusOf = ({ state, reason }: DomainEntry): DomainStatus => ({ state, reason }) as DomainStatus;

/**
 * Takes away what a domain whose QEMU has ended left on this host. The journal says "shutoff" until the fleet knows: an agent that
 * dies in between begins again here.
 */
export async function dismantle(
  entry: DomainEntry,
  world: DomainWorld,
  end: { readonly detail: string; readonly error?: string },
): Promise<void> {
  const { uuid, name, epoch } = entry;
  const { error } = end;
  const { directory } = world.pathsOf(uuid);
  passing('stop.ended');
  await world.journal.write(uuid, entry);
  passing('stop.journalled');
  for (const connection of connectionsOf(entry, directory)) await world.interfaces.unplug(connection);
  passing('stop.unplugged');
  await world.removeDirectory(directory);
  const ports = portKeysOf(entry.interfaces);
  const released = ports.length === 0 ? Promise.resolve() : untilHeard(world, () => world.ports.release({ domain: uuid, epoch, ports }));
  const waited = sleep(RELEASE_WAIT_MS, undefined, { ref: false });
  await Promise.race([released, waited]);
  passing('stop.released');
  const ended = { reason: entry.reason, since: entry.since, ...(error === undefined ? {} : { error }) };
  await untilHeard(world, () => world.reports.domainState(endedState(entry, world.hostId, ended)));
  const happening = {
    uuid,
    name,
    detail: end.detail,
    at: world.now(),
    hostId: world.hostId,
    epoch,
    ...(error === undefined ? {} : { error }),
  };
  await untilHeard(world, () => world.reports.domainEvent('stopped', happening));
  await released;
  passing('stop.told');
  await world.journal.remove(uuid);
}

/** The bus may be away for long; what happened on the host has happened all the same. */
async function untilHeard(world: DomainWorld, say: () => Promise<void>): Promise<void> {
  let pauseMs: number = RETRY_MS[0];
  for (;;) {
    try {
      return await say();
    } catch (error) {
      world.log.warn(`a report is not heard, and is said again: ${error instanceof Error ? error.message : String(error)}`);
      await sleep(pauseMs, undefined, { ref: false });
      pauseMs = Math.min(pauseMs * 2, RETRY_MS[1]);
    }
  }
}
