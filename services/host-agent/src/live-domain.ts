import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal, type CardFilter, type DomainStatus } from '@virtbus/contracts';
import type { Monitor } from '@virtbus/qmp';
import type { DomainEntry } from './core/domain-entry.js';
import { endingOf } from './core/ending.js';
import { decide, foundAgain, next, type Happening, type Verb } from './core/lifecycle.js';
import { changeDevice, deviceWent, recoverDevices, type WantedChange } from './devices/change-device.js';
import type { Guest } from './devices/guest.js';
import { Removals } from './devices/removals.js';
import { dismantle } from './dismantle.js';
import type { DomainWorld } from './domain-world.js';
import { GuestNews } from './guest-news.js';
import type { Connection } from './interfaces/connection.js';
import { connectionsOf } from './interfaces/connections-of.js';
import { RxFilters } from './interfaces/rx-filters.js';
import type { LiveGuest } from './live-guest.js';
import type { QemuEnd, RunningQemu } from './qemu/qemu.js';

/** A QEMU that closes its monitor because it ends is gone within this. Milliseconds. */
const ENDING_MS = 2_000;

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
  /** Settles when the host's ends of its interfaces have followed its processors so far. */
  private switched: Promise<void> = Promise.resolve();
  private over = false;
  private readonly news: GuestNews;
  private readonly guest: Guest;
  private readonly filters: RxFilters;

  /** @param inOrder runs what QEMU's news ask for behind the orders that are under way */
  constructor(
    private current: DomainEntry,
    private readonly qemu: RunningQemu,
    private readonly world: DomainWorld,
    private readonly inOrder: (act: () => Promise<void>) => Promise<void>,
  ) {
    const went = (alias: string, outcome: 'deleted' | 'rejected'): void =>
      void inOrder(() => deviceWent(this.guest, alias, outcome)).catch((error: unknown) => this.complain(`device ${alias}`, error));
    this.news = new GuestNews(world, () => this.current);
    this.guest = this.asGuest(new Removals(qemu.monitor, went));
    this.listen();
    this.filters = new RxFilters(this.guest);
    this.gone = qemu.ended.then((end) => this.finish(end));
    this.monitorLost = qemu.monitor.closed.then(() => Promise.race([qemu.ended.then(() => false), sleep(ENDING_MS, true, { ref: false })]));
  }

  get entry(): DomainEntry {
    return this.current;
  }

  /** The start is complete: says so, in libvirt's order. */
  async booted(): Promise<void> {
    this.world.booted?.(this);
    await this.happened(this.current.startPaused ? 'booted_paused' : 'booted', this.current.commandId);
    void this.letGoWhenOff();
  }

  /** After a restart of the agent: what the fleet knows may be old, and what QEMU does may be new. */
  async foundAgain(runState: string): Promise<void> {
    const found = foundAgain(statusOf(this.current), runState);
    this.enter(found);
    await recoverDevices(this.guest).catch((error: unknown) => this.complain('its devices', error));
    this.filters.catchUp();
    // Whether or not that can be written: the guest is there.
    await this.news.tell(this.current, []).catch(() => undefined);
    // It powered off while nobody listened; QEMU waits to be let go.
    if (found.state === 'shutdown') this.qemu.terminate();
  }

  /** @throws Refusal operation_invalid; QmpError, CommandTimeout, MonitorClosed */
  async perform(verb: Exclude<Verb, 'start'>): Promise<void> {
    const answer = decide(statusOf(this.current), verb);
    if (answer.type === 'refused') throw invalid(answer.words);
    if (answer.type === 'accepted') await this.act(verb);
    await this.switched;
    if (!this.over) await this.news.kept();
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
    await this.news.tell(this.current, []);
  }

  leaveToAgent(): void {
    if (this.current.state !== 'running') throw invalid('domain is not running');
    this.rebooting = false;
  }

  cardFilter(name: string): Promise<CardFilter> {
    return this.filters.of(name);
  }

  /** @throws Refusal operation_invalid once it goes down, and as `DeviceKind` does */
  async changeDevice(change: WantedChange, by: string): Promise<void> {
    if (this.current.state === 'shutdown' || this.over) throw invalid('domain is not running');
    await changeDevice(this.guest, change, by);
  }

  /** Lets go of the guest without touching it. */
  readonly release = (): void => this.qemu.release();

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
    monitor.on('RESET', () => this.news.say([{ event: 'rebooted', detail: 'reset' }]));
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
    if (status === before && events.length === 0) return Promise.resolve();
    if (status !== before) this.enter(status);
    return this.news.tell(this.current, events, commandId);
  }

  private asGuest(removals: Removals): Guest {
    const entryNow = (): DomainEntry => this.current;
    return {
      world: this.world,
      monitor: this.qemu.monitor,
      removals,
      inOrder: this.inOrder,
      get entry() {
        return entryNow();
      },
      record: (change) => this.record(change),
      announce: async (change) => {
        const before = this.current;
        await this.record(change).catch((error: unknown) => {
          const { state, reason, since } = this.current;
          this.current = { ...before, state, reason, since };
          throw error;
        });
      },
      tell: (event) => this.news.tell(this.current, event ? [{ event: event.what, detail: event.alias, at: this.world.now() }] : []),
    };
  }

  private async record(change: (entry: DomainEntry) => DomainEntry): Promise<void> {
    if (this.over) throw invalid('domain is not running');
    this.current = change(this.current);
    await this.news.write();
  }

  private complain(what: string, error: unknown): void {
    if (!this.over) this.world.log.error(`domain '${this.current.name}': ${what}`, error);
  }

  private async finish(end: QemuEnd): Promise<void> {
    const { status, events } = next(statusOf(this.current), endingOf(end));
    this.enter(status);
    this.over = true;
    await this.news.over();
    const detail = events.find(({ event }) => event === 'stopped')?.detail ?? 'failed';
    await dismantle(this.current, this.world, {
      detail,
      ...(status.reason === 'crashed' && end.lastWords ? { error: end.lastWords } : {}),
    });
  }
}

const statusOf = ({ state, reason }: DomainEntry): DomainStatus => ({ state, reason }) as DomainStatus;
