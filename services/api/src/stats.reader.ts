import * as contracts from '@virtbus/contracts';
import { Refusal, type DomainStats, type DomainSummary, type StatsGroup } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import { statsOnRecord } from './core/stats-on-record.js';
import type { FleetReader } from './fleet.reader.js';

/** A host counts within two seconds; one that is silent for this long leaves its domains with what is on record. */
const HOST_MS = 3_500;

/** What domains use, from the hosts that hold them, each asked once for all of its own. */
export class StatsReader {
  constructor(
    private readonly fleet: Pick<FleetReader, 'everyDomain' | 'domain'>,
    private readonly bus: Pick<Bus, 'request'>,
  ) {}

  /** @throws Refusal no_domain */
  async stats(references: readonly string[] | undefined, groups: readonly StatsGroup[] | undefined): Promise<DomainStats[]> {
    const domains = references
      ? await Promise.all(references.map((reference) => this.fleet.domain(reference)))
      : this.fleet.everyDomain().filter(({ hostId }) => hostId !== undefined);
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

  private async onHost(
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
