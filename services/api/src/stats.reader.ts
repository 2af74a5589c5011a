import * as contracts from '@virtbus/contracts';
import { defined, Refusal, type DomainStats, type DomainSummary, type StatsGroup } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import { chunksOf } from './core/chunks.js';
import { pageOf } from './core/page.js';
import { statsOnRecord } from './core/stats-on-record.js';
import type { FleetReader } from './fleet.reader.js';

/** A host counts within two seconds; one that is silent for this long leaves its domains with what is on record. */
const HOST_MS = 3_500;
/** Domains that a host is asked about at once: each says some kilobytes. */
const MOST_AT_ONCE = 200;
/** Whoever asks about one domain reads its own writes; whoever asks about many gets what is in memory. */
const MOST_FROM_LEADER = 16;

/** What domains use, from the hosts that hold them, each asked once for all of its own. */
export class StatsReader {
  constructor(
    private readonly fleet: Pick<FleetReader, 'everyDomain' | 'domain' | 'heldDomain'>,
    private readonly bus: Pick<Bus, 'request'>,
  ) {}

  /** Every running domain, in the order of their names. @throws Refusal payload_invalid */
  async page(groups: readonly StatsGroup[] | undefined, after?: string): Promise<contracts.DomainStatsPage> {
    const from = this.fleet.everyDomain().filter(({ hostId }) => hostId !== undefined);
    const { items, ...next } = pageOf({ from, keyOf: ({ name }) => name, show: (domain) => domain }, defined({ after }));
    return { records: await this.counted(items, groups), ...next };
  }

  /** @throws Refusal no_domain */
  async stats(references: readonly string[], groups: readonly StatsGroup[] | undefined): Promise<DomainStats[]> {
    return this.counted(await this.found(references), groups);
  }

  private async counted(domains: readonly DomainSummary[], groups: readonly StatsGroup[] | undefined): Promise<DomainStats[]> {
    const hostIds = [...new Set(domains.flatMap(({ hostId }) => hostId ?? []))];
    const counted = await Promise.all(
      hostIds.map((id) =>
        this.onHost(
          id,
          domains.filter(({ hostId }) => hostId === id),
          groups,
        ),
      ),
    );
    const byUuid = new Map(counted.flat().map((record) => [record.uuid, record] as const));
    return domains.map((domain) => byUuid.get(domain.uuid) ?? onRecord(domain, groups));
  }

  /** @throws Refusal no_domain */
  private found(references: readonly string[]): Promise<DomainSummary[]> {
    const held = (reference: string) => (references.length > MOST_FROM_LEADER ? this.fleet.heldDomain(reference) : undefined);
    return Promise.all(references.map(async (reference) => held(reference) ?? this.fleet.domain(reference)));
  }

  private async onHost(
    hostId: string,
    domains: readonly DomainSummary[],
    groups: readonly StatsGroup[] | undefined,
  ): Promise<readonly DomainStats[]> {
    const records: DomainStats[] = [];
    for (const some of chunksOf(domains, MOST_AT_ONCE)) records.push(...(await this.askHost(hostId, some, groups)));
    return records;
  }

  private async askHost(
    hostId: string,
    domains: readonly DomainSummary[],
    groups: readonly StatsGroup[] | undefined,
  ): Promise<readonly DomainStats[]> {
    const question = { uuids: domains.map(({ uuid }) => uuid), ...(groups ? { groups: [...groups] } : {}) };
    const answer = await this.bus
      .request(contracts.readHostStats, question, { tokens: { hostId }, timeoutMs: HOST_MS })
      .catch((thrown: unknown) => {
        if (thrown instanceof Refusal && thrown.code === 'host_unreachable') return { records: [] };
        throw thrown;
      });
    return answer.records;
  }
}

const onRecord = (domain: DomainSummary, groups: readonly StatsGroup[] | undefined): DomainStats => ({
  uuid: domain.uuid,
  stats: statsOnRecord(domain, groups),
  ...(domain.hostId === undefined ? {} : { partial: true }),
});
