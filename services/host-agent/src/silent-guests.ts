import { Refusal, type PlacedDomain } from '@virtbus/contracts';
import type { DomainEntry } from './core/domain-entry.js';
import { dismantle } from './dismantle.js';
import type { DomainWorld } from './domain-world.js';
import type { QemuProcess } from './qemu/qemu.js';
import { untilHeard } from './until-heard.js';

interface SilentGuest {
  /** Absent when nothing that can be read tells of it. */
  readonly entry?: DomainEntry;
  /** Absent while it is looked for. */
  readonly process?: QemuProcess;
}

/**
 * Guests that run and cannot be commanded: QEMU does not answer, or what was written down of them is lost. Nobody may take them for
 * absent, for they would be started a second time, and nothing but an order ends them.
 */
export class SilentGuests {
  private readonly guests = new Map<string, SilentGuest>();

  constructor(private readonly world: DomainWorld) {}

  has(uuid: string): boolean {
    return this.guests.has(uuid);
  }

  entryOf(uuid: string): DomainEntry | undefined {
    return this.guests.get(uuid)?.entry;
  }

  keep(entry: DomainEntry, process?: QemuProcess): void {
    this.hold(entry.uuid, { entry, ...(process ? { process } : {}) });
  }

  forget(uuid: string): void {
    this.guests.get(uuid)?.process?.release();
    this.guests.delete(uuid);
  }

  /** Lets go of all without touching them. */
  close(): void {
    for (const uuid of [...this.guests.keys()]) this.forget(uuid);
  }

  /** Finds those that are on no record: their journal is lost, or cannot be read. */
  async findUnrecorded(isKnown: (uuid: string) => boolean): Promise<void> {
    const { world } = this;
    for (const uuid of await world.qemus.uuidsOfAll((each) => world.pathsOf(each).directory)) {
      if (isKnown(uuid) || this.has(uuid)) continue;
      const answer = await world.qemus.adopt({ uuid, ...world.pathsOf(uuid) });
      if (answer.type === 'gone') continue;
      const process = answer.type === 'adopted' ? answer.qemu : answer.process;
      this.hold(uuid, { process });
      world.log.error(`domain ${uuid} runs (pid ${process.pid}), but no record of it can be read: it can be destroyed, and nothing else`);
      void process.ended.then(() => this.guests.get(uuid)?.process === process && this.guests.delete(uuid));
    }
  }

  /** Why one of them does not obey. */
  refusal({ uuid, name }: PlacedDomain): Refusal {
    const { entry, process } = this.guests.get(uuid) ?? {};
    if (entry) return new Refusal('qemu_failed', `internal error: QEMU of domain '${name}' does not answer`);
    const words = `QEMU of domain '${name}' runs (pid ${process?.pid}), but no record of it can be read on host '${this.world.hostId}'`;
    return new Refusal('qemu_failed', `internal error: ${words}: destroy the domain, and start it again`);
  }

  /** @throws Refusal when it cannot be ended, or is not found yet */
  async destroy(order: PlacedDomain): Promise<void> {
    const { uuid, name, epoch } = order;
    const { entry, process } = this.guests.get(uuid) ?? {};
    if (!process) throw this.refusal(order);
    const outcome = await process.destroy();
    if (outcome.type === 'stuck') {
      const words = `internal error: QEMU process ${process.pid} of domain '${name}' does not end (state ${outcome.state})`;
      throw new Refusal('operation_failed', words, { libvirt: 1 });
    }
    this.guests.delete(uuid);
    // What it has is not known here; netd knows, and sweeps up should it not hear this.
    if (!entry) void untilHeard(this.world, () => this.world.ports.releaseOthers({ domain: uuid, epoch, ports: [] }));
    const ended = { ...(entry ?? nothingOf(order)), state: 'shutoff', reason: 'destroyed', since: this.world.now() } as const;
    await dismantle(ended, this.world, { detail: 'destroyed' });
  }

  private hold(uuid: string, guest: SilentGuest): void {
    const before = this.guests.get(uuid)?.process;
    if (before !== guest.process) before?.release();
    this.guests.set(uuid, guest);
  }
}

/** All that is known of a domain whose record is lost. */
const nothingOf = ({ uuid, name, epoch }: PlacedDomain): Omit<DomainEntry, 'state' | 'reason' | 'since'> => ({
  format: 1,
  uuid,
  name,
  epoch,
  id: 0,
  persistent: true,
  commandId: '',
  xml: '',
  startPaused: false,
  interfaces: [],
  consoles: {},
});
