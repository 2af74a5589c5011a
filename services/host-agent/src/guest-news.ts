import { Refusal } from '@virtbus/contracts';
import { stateOf, type DomainEntry } from './core/domain-entry.js';
import type { DomainWorld } from './domain-world.js';
import type { DeviceEventName, DomainEventName } from './ports.js';
import { untilHeard } from './until-heard.js';

export interface Said {
  readonly event: DomainEventName | DeviceEventName;
  readonly detail: string;
  /** When the state was entered, unless given. */
  readonly at?: string;
}

/**
 * What becomes of one guest: written to the journal and told to the fleet, in order and until it is heard. What cannot be written keeps
 * nothing that comes after it from being.
 */
export class GuestNews {
  /** Settles when everything that has happened so far has been told. */
  private told: Promise<void> = Promise.resolve();
  /** Settles when the journal has the newest entry. */
  private written: Promise<void> = Promise.resolve();

  constructor(
    private readonly world: DomainWorld,
    private readonly newest: () => DomainEntry,
  ) {}

  /** @throws Refusal system_error when the journal cannot be written */
  tell(entry: DomainEntry, events: readonly Said[], commandId?: string): Promise<void> {
    const { reports, hostId, log } = this.world;
    const work = async (): Promise<void> => {
      // Sent in this order on one connection; none waits for the answer to another.
      const state = untilHeard(this.world, () => reports.domainState(stateOf(entry, hostId)));
      const said = events.map((each) => this.publish(entry, each, commandId));
      await Promise.all([state, ...said, this.write()]);
    };
    this.told = this.told.catch(() => undefined).then(work);
    this.told.catch((error: unknown) => log.error(`domain '${entry.name}': its journal cannot be written`, error));
    return this.told;
  }

  /** Events that change nothing. */
  say(events: readonly Said[]): void {
    const work = async (): Promise<void> => {
      for (const said of events) await this.publish(this.newest(), said);
    };
    this.told = this.told.catch(() => undefined).then(work);
  }

  /** One write at a time, and each writes what is newest. @throws Refusal system_error */
  write(): Promise<void> {
    const { uuid, name } = this.newest();
    this.written = this.written
      .catch(() => undefined)
      .then(() => this.world.journal.write(uuid, this.newest()))
      .catch((cause: unknown) => {
        const words = `what has become of domain '${name}' cannot be kept on its host: ${cause instanceof Error ? cause.message : String(cause)}`;
        throw new Refusal('system_error', words, { cause });
      });
    return this.written;
  }

  /** Everything so far is told; what could not be written is tried once more. @throws Refusal system_error */
  kept(): Promise<void> {
    return this.told.catch(() => this.tell(this.newest(), []));
  }

  /** Everything so far is over with, kept or not. */
  async over(): Promise<void> {
    await Promise.allSettled([this.told, this.written]);
  }

  private publish({ uuid, name, epoch, since }: DomainEntry, { event, detail, at = since }: Said, commandId?: string): Promise<void> {
    const happening = { uuid, name, detail, at, hostId: this.world.hostId, epoch };
    return untilHeard(this.world, () => this.world.reports.domainEvent(event, happening, commandId));
  }
}
