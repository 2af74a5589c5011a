import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '@virtbus/contracts';
import { MonitorClosed } from '@virtbus/qmp';
import { endingOf } from './core/ending.js';
import { endedState, managedTaps, portKeysOf, stateOf, type DomainEntry } from './core/domain-entry.js';
import type { DomainWorld } from './domain-world.js';
import type { DomainEventName } from './ports.js';
import type { QemuEnd, RunningQemu } from './qemu/qemu.js';
import { SerialQueues } from './serial.js';

/** What can be asked of a domain that runs. */
export type Verb = 'shutdown' | 'destroy' | 'suspend' | 'resume' | 'reboot' | 'reset';

const RETRY_MS = [200, 5_000] as const;
/** How long a command that ends a domain waits for netd to take the ports back; after that it goes on in the background. */
const RELEASE_WAIT_MS = 3_000;

const invalid = (words: string): Refusal => new Refusal('operation_invalid', `Requested operation is not valid: ${words}`);

/**
 * One guest of this host, from the moment that its QEMU runs to the moment that nothing of it is left. Verbs come one after another
 * (the runner sees to it); what QEMU says comes whenever it comes. Every change is written to the journal, then told to the fleet,
 * in order and until it is heard.
 */
export class LiveDomain {
  /** Resolves when nothing is left on this host. */
  readonly gone: Promise<void>;
  private rebooting = false;
  private suspending = false;
  private readonly told = new SerialQueues();

  constructor(
    private current: DomainEntry,
    private readonly qemu: RunningQemu,
    private readonly world: DomainWorld,
  ) {
    this.listen();
    this.gone = qemu.ended.then((end) => this.finish(end));
  }

  get entry(): DomainEntry {
    return this.current;
  }

  /** Says that it has started: the state first, then libvirt's events in libvirt's order. */
  async announceStart(): Promise<void> {
    const { state, commandId } = this.current;
    const written = this.world.journal.write(this.current.uuid, this.current);
    const told = this.tellState();
    if (state === 'running') void this.tell('resumed', 'unpaused', commandId);
    await Promise.all([written, told, this.tell('started', 'booted', commandId)]);
    if (state === 'paused') await this.tell('suspended', 'paused', commandId);
  }

  /** After a restart of the agent: what the fleet knows may be old. */
  async announceAgain(): Promise<void> {
    await this.tellState();
  }

  /** @throws Refusal operation_invalid; QmpError, CommandTimeout, MonitorClosed */
  async perform(verb: Verb): Promise<void> {
    switch (verb) {
      case 'shutdown':
        return this.pressPowerButton();
      case 'reboot':
        this.rebooting = true;
        return this.pressPowerButton();
      case 'reset':
        await this.qemu.monitor.execute('system_reset');
        return;
      case 'suspend':
        return this.suspend();
      case 'resume':
        return this.resume();
      case 'destroy':
        return this.destroy();
    }
  }

  /** Lets go of the guest without touching it. */
  release(): void {
    this.qemu.release();
  }

  private async pressPowerButton(): Promise<void> {
    await this.qemu.monitor.execute('system_powerdown');
  }

  private async suspend(): Promise<void> {
    if (this.current.state === 'paused') return;
    this.suspending = true;
    try {
      await this.qemu.monitor.execute('stop');
    } finally {
      this.suspending = false;
    }
    this.stopForwarding();
    await this.enter('paused', 'user');
    await this.tell('suspended', 'paused');
  }

  private async resume(): Promise<void> {
    if (this.current.state === 'running') throw invalid('domain is already running');
    this.startForwarding();
    await this.qemu.monitor.execute('cont');
    await this.enter('running', 'unpaused');
    await this.tell('resumed', 'unpaused');
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
    monitor.on('SHUTDOWN', ({ data }) => this.onShutdown(data.guest));
    monitor.on('RESET', () => this.inBackground('reboot', () => this.tell('rebooted', 'reset')));
    monitor.on('STOP', () => this.onStop());
    monitor.on('GUEST_PANICKED', () => this.inBackground('panic', () => this.tell('crashed', 'panicked')));
  }

  /** QEMU runs with -no-shutdown: it stays until it is let go, or is reset because a reboot was asked for. */
  private onShutdown(guest: boolean): void {
    if (this.rebooting && guest) {
      this.rebooting = false;
      this.inBackground('restart', async () => {
        await this.qemu.monitor.execute('system_reset');
        await this.qemu.monitor.execute('cont');
      });
      return;
    }
    this.qemu.terminate();
  }

  /** Processors that stop without our asking: an I/O error, a watchdog. */
  private onStop(): void {
    if (this.suspending || this.current.state !== 'running') return;
    this.inBackground('pause', async () => {
      const { status } = await this.qemu.monitor.execute('query-status');
      if (status !== 'io-error' && status !== 'watchdog') return;
      await this.enter('paused', status === 'io-error' ? 'ioerror' : 'watchdog');
      await this.tell('suspended', status === 'io-error' ? 'ioerror' : 'watchdog');
    });
  }

  /** A monitor that closes meanwhile is the guest's end, which is told elsewhere. */
  private inBackground(what: string, act: () => Promise<unknown>): void {
    act().catch((error: unknown) => {
      if (!(error instanceof MonitorClosed)) this.world.log.error(`domain '${this.current.name}': after its ${what}`, error);
    });
  }

  private startForwarding(): void {
    for (const { tap, mac } of managedTaps(this.current.interfaces)) this.world.links.startForwarding(tap, mac);
  }

  private stopForwarding(): void {
    for (const { tap, mac } of managedTaps(this.current.interfaces)) {
      if (!this.world.links.stopForwarding(tap, mac)) this.world.log.warn(`${tap}: its forwarding entry for ${mac} was gone`);
    }
  }

  private async enter(state: DomainEntry['state'], reason: string): Promise<void> {
    this.current = { ...this.current, state, reason, since: this.world.now() };
    await Promise.all([this.world.journal.write(this.current.uuid, this.current), this.tellState()]);
  }

  private async finish(end: QemuEnd): Promise<void> {
    const { reason, detail, shutdown } = endingOf(end);
    if (shutdown) void this.tell('shutdown', shutdown);
    this.current = { ...this.current, state: 'shutoff', reason, since: this.world.now() };
    await dismantle(this.current, this.world, { detail, ...(reason === 'crashed' && end.lastWords ? { error: end.lastWords } : {}) });
  }

  private tellState(): Promise<void> {
    const state = stateOf(this.current, this.world.hostId);
    return this.told.run('', () => untilHeard(this.world, () => this.world.reports.domainState(state)));
  }

  private tell(what: DomainEventName, detail: string, commandId?: string): Promise<void> {
    const { uuid, name, epoch } = this.current;
    const happening = { uuid, name, detail, at: this.world.now(), hostId: this.world.hostId, epoch };
    return untilHeard(this.world, () => this.world.reports.domainEvent(what, happening, commandId));
  }
}

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
  await world.journal.write(uuid, entry);
  for (const { target } of entry.interfaces) if (target !== undefined) await world.links.unplug(target);
  await world.removeDirectory(world.pathsOf(uuid).directory);
  const ports = portKeysOf(entry.interfaces);
  const released = ports.length === 0 ? Promise.resolve() : untilHeard(world, () => world.ports.release({ domain: uuid, epoch, ports }));
  const waited = sleep(RELEASE_WAIT_MS, undefined, { ref: false });
  await Promise.race([released, waited]);
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
