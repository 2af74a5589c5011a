import type { AgentIdentity, HostFacts } from '@virtbus/contracts';
import { NotStarted } from '@virtbus/messaging';
import type { HostLog } from './ports.js';

/** A third of the time after which a host counts as silent. */
export const BEAT_MS = 5_000;
/** Two beats and some: whoever lives has been heard by then. */
const LISTEN_MS = 2 * BEAT_MS + 1_000;
const LOOK_MS = 500;

export interface At {
  readonly value: HostFacts;
  readonly revision: number;
}

/** The record of one host on the bus. */
export interface Records {
  read(): Promise<At | undefined>;
  /** At the revision that was read, or as the first. Undefined when somebody was quicker. */
  write(facts: HostFacts, revision: number | undefined): Promise<number | undefined>;
}

/** Another host-agent has taken the host over: its record is not this one's to write any more. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';

  constructor({ hostId, hostname, startedAt }: HostFacts) {
    super(`another host-agent, on ${hostname} since ${startedAt}, speaks for host '${hostId}' now`);
  }
}

export interface Claimant {
  readonly facts: HostFacts;
  readonly agent: AgentIdentity;
  readonly log: Pick<HostLog, 'warn'>;
  /** Milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>;
}

/**
 * Who speaks for a host: one host-agent, found out before it says a word about guests. A copy of a host's disk that comes up beside the
 * host would else report all its guests as ended, and they would be started a second time.
 */
export class HostRecord {
  private constructor(
    private readonly records: Records,
    private readonly agent: AgentIdentity,
    private revision: number | undefined,
  ) {}

  /**
   * An agent of the same home has ended, or it would hold the lock there; one of another home is listened for.
   * @throws NotStarted when it is heard
   */
  static async claim(records: Records, claimant: Claimant): Promise<HostRecord> {
    const { facts, agent } = claimant;
    for (;;) {
      const held = await silent(records, claimant);
      // What the host lends is not known yet: until it is, what the agent before has said stands.
      const devices = held?.value.devices;
      const revision = await records.write({ ...facts, ...(devices ? { devices } : {}), agent }, held?.revision);
      if (revision !== undefined) return new HostRecord(records, agent, revision);
    }
  }

  /**
   * One at a time.
   * @returns whether the record was there still; a bus that has lost it has lost all that this host has told
   * @throws Overtaken
   */
  async write(facts: HostFacts): Promise<'kept' | 'lost'> {
    let answer: 'kept' | 'lost' = 'kept';
    for (;;) {
      const revision = await this.records.write({ ...facts, agent: this.agent }, this.revision);
      if (revision !== undefined) {
        this.revision = revision;
        return answer;
      }
      const held = await this.records.read();
      if (held && held.value.agent?.instance !== this.agent.instance) throw new Overtaken(held.value);
      if (!held) answer = 'lost';
      this.revision = held?.revision;
    }
  }
}

/** The record, of which nobody else is heard any more. @throws NotStarted when somebody is */
async function silent(records: Records, { facts, agent, log, pause }: Claimant): Promise<At | undefined> {
  const first = await records.read();
  if (!first || first.value.leftAt !== undefined || first.value.agent?.home === agent.home) return first;
  const { hostname, startedAt, hostId } = first.value;
  log.warn(`a host-agent on ${hostname}, started ${startedAt}, spoke for host '${hostId}' last: listening whether it still does`);
  for (let waited = 0; waited < LISTEN_MS; waited += LOOK_MS) {
    await pause(LOOK_MS);
    const now = await records.read();
    if (!now || now.value.leftAt !== undefined) return now;
    if (now.revision === first.revision) continue;
    const words = `another host-agent, on ${now.value.hostname} since ${now.value.startedAt}, speaks for host '${hostId}'`;
    throw new NotStarted(
      `${words}: give this one (on ${facts.hostname}) an id and a state directory of its own, with VIRTBUS_HOST_ID and VIRTBUS_STATE_DIR`,
    );
  }
  return first;
}
