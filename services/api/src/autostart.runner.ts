import { setTimeout as sleep } from 'node:timers/promises';
import { fleetStarts, Refusal, startDomain, startNetwork, startPool, type FleetStart } from '@virtbus/contracts';
import { BucketConflict, type Bus, type Log } from '@virtbus/messaging';
import { comesUp, decideAutostart, type AutostartDomain } from './core/autostart.js';
import { hasEnded } from './core/summaries.js';
import type { FleetViews } from './fleet.views.js';

/** A host that has not beaten for this long is down. */
const SILENT_AFTER_MS = 15_000;
const LOOK_EVERY_MS = 1_000;
/** A host that is not back by then keeps its domains: whether they run is not known, and unknown starts nothing. */
const GIVE_UP_MS = 10 * 60_000;
/** How often a domain is tried that no host can hold yet: hosts come up one after another. */
const MAX_ATTEMPTS = 20;

const key = { part: 'fleet' } as const;

export interface AutostartNeed {
  readonly bus: Bus;
  readonly views: Pick<FleetViews, 'domains' | 'placements' | 'states' | 'networks' | 'pools' | 'hosts'>;
  readonly log: Log;
}

/**
 * Starts what is to start with the fleet: networks, then domains, once for each time that the fleet comes up. The record of that moment
 * is made by compare-and-set, so that replicas share it; each thing is ordered under an id that follows from it, so that two who order
 * it order it once, and one that was ended by its user meanwhile is not started again.
 */
export class AutostartRunner {
  private readonly closing = new AbortController();

  constructor(private readonly need: AutostartNeed) {}

  /** Answers when all is done, or the service closes. Never rejects: what cannot be started is said in the log. */
  async run(): Promise<void> {
    try {
      const session = await this.session();
      if (session === undefined) return;
      await this.startNetworks(session);
      await this.startPools(session);
      await this.startDomains(session);
      await this.finish(session);
    } catch (error) {
      if (!this.closing.signal.aborted) this.need.log.error('what is to start with the fleet was not started', error);
    }
  }

  close(): void {
    this.closing.abort();
  }

  /** The start of the fleet that is going on: a new one, or one that somebody has begun and not finished. */
  private async session(): Promise<string | undefined> {
    const bucket = this.need.bus.bucket(fleetStarts);
    for (;;) {
      const held = await bucket.get(key);
      if (held && !held.value.done) return held.value.startedAt;
      if (!this.comesUp()) return undefined;
      const begun: FleetStart = { startedAt: new Date().toISOString(), done: false };
      try {
        await (held ? bucket.update(key, begun, held.revision) : bucket.create(key, begun));
        return begun.startedAt;
      } catch (thrown) {
        if (!(thrown instanceof BucketConflict)) throw thrown;
      }
    }
  }

  private comesUp(): boolean {
    const beats = this.need.views.hosts.entries().filter(({ value }) => value.leftAt === undefined);
    return comesUp(
      beats.map(({ writtenAt }) => writtenAt),
      new Date(),
      SILENT_AFTER_MS,
    );
  }

  private async finish(startedAt: string): Promise<void> {
    const bucket = this.need.bus.bucket(fleetStarts);
    const held = await bucket.get(key);
    if (held?.value.startedAt !== startedAt || held.value.done) return;
    await bucket.update(key, { startedAt, done: true }, held.revision).catch((thrown: unknown) => {
      if (!(thrown instanceof BucketConflict)) throw thrown;
    });
  }

  private async startNetworks(session: string): Promise<void> {
    const due = this.need.views.networks.entries().filter(({ value }) => value.autostart && !value.active);
    await Promise.all(
      due.map(({ value: { uuid, name } }) =>
        this.tried(`network '${name}'`, () => this.need.bus.run(startNetwork, { network: uuid }, { id: idOf(session, uuid, 0) })),
      ),
    );
  }

  /** Once some host reports: its directory is looked at. */
  private async startPools(session: string): Promise<void> {
    const due = this.need.views.pools.entries().filter(({ value }) => value.autostart && !value.active);
    const giveUpAt = performance.now() + GIVE_UP_MS;
    while (due.length > 0 && this.alive().size === 0 && performance.now() < giveUpAt)
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.closing.signal });
    await Promise.all(
      due.map(({ value: { uuid, name } }) =>
        this.tried(`pool '${name}'`, () => this.need.bus.run(startPool, { pool: uuid }, { id: idOf(session, uuid, 0) })),
      ),
    );
  }

  private async startDomains(session: string): Promise<void> {
    const settled = new Set<string>();
    const giveUpAt = performance.now() + GIVE_UP_MS;
    for (;;) {
      const { start, runs, waiting } = decideAutostart({ domains: this.domains(), alive: this.alive(), settled });
      await Promise.all(start.map((uuid) => this.startDomain(session, uuid)));
      for (const uuid of [...start, ...runs]) settled.add(uuid);
      if (waiting.length === 0) return;
      if (performance.now() > giveUpAt) return this.need.log.warn(`not started, since their hosts do not report: ${waiting.join(', ')}`);
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.closing.signal });
    }
  }

  private async startDomain(session: string, uuid: string): Promise<void> {
    const name = this.need.views.domains.get({ uuid })?.value.name ?? uuid;
    await this.tried(`domain '${name}'`, async () => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await this.need.bus.run(startDomain, { domain: uuid }, { id: idOf(session, uuid, attempt) });
        } catch (thrown) {
          if (!(thrown instanceof Refusal) || !thrown.retry || attempt === MAX_ATTEMPTS) throw thrown;
        }
        await sleep(LOOK_EVERY_MS, undefined, { signal: this.closing.signal });
      }
    });
  }

  /** One that cannot be started does not keep the others from it. */
  private async tried(what: string, act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
      this.need.log.log(`${what} is started with the fleet`);
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      this.need.log.warn(`${what} was to start with the fleet: ${thrown.message}`);
    }
  }

  private domains(): AutostartDomain[] {
    const { domains, placements, states } = this.need.views;
    return domains.entries().map(({ key: of, value: { uuid, autostart } }) => {
      const placement = placements.get(of)?.value;
      const held = placement?.hostId !== undefined && !hasEnded(placement, states.get(of)?.value);
      return { uuid, autostart, heldBy: held ? placement.hostId : undefined };
    });
  }

  private alive(): ReadonlySet<string> {
    const now = Date.now();
    const beating = this.need.views.hosts
      .entries()
      .filter(({ value, writtenAt }) => value.leftAt === undefined && now - writtenAt.getTime() < SILENT_AFTER_MS);
    return new Set(beating.map(({ value }) => value.hostId));
  }
}

const idOf = (session: string, uuid: string, attempt: number): string => `autostart.${session}.${uuid}.${attempt}`;
