import * as contracts from '@virtbus/contracts';
import type { Bus, View } from '@virtbus/messaging';
import type { FleetViews } from '../../fleet.views.js';
import { until } from '../../until-seen.js';
import type { Freshness } from '../known.js';

/** No secret is for anything longer, and no key of a bucket could be. */
const MOST_USAGE_BYTES = 280;

type Key = Readonly<Record<string, string>>;

/** Asks the buckets' leaders what they hold now, and waits until the watches have it, too. */
export class BusFreshness implements Freshness {
  constructor(
    private readonly bus: Bus,
    private readonly views: FleetViews,
  ) {}

  async domain(reference: string): Promise<void> {
    const { domainRecords, domainNames, placements, domainStatesBucket } = contracts;
    const records = this.bus.bucket(domainRecords);
    const found = await contracts.findByReference(reference, records, this.bus.bucket(domainNames));
    const uuid = found?.value.uuid ?? reference;
    if (!contracts.isLibvirtUuid(uuid)) return;
    const key = { uuid };
    const [placement, state] = await Promise.all([this.bus.bucket(placements).get(key), this.bus.bucket(domainStatesBucket).get(key)]);
    await Promise.all([
      reached(this.views.domains, key, found?.revision),
      reached(this.views.placements, key, placement?.revision),
      reached(this.views.states, key, state?.revision),
    ]);
  }

  async network(reference: string): Promise<void> {
    const records = this.bus.bucket(contracts.networkRecords);
    const found = await contracts.findByReference(reference, records, this.bus.bucket(contracts.networkNames));
    const uuid = found?.value.uuid ?? reference;
    if (contracts.isLibvirtUuid(uuid)) await reached(this.views.networks, { uuid }, found?.revision);
  }

  async secret(reference: string): Promise<void> {
    const named = contracts.isLibvirtUuid(reference) ? reference : await this.secretFor(reference);
    if (named === undefined) return;
    const key = { uuid: named };
    await reached(this.views.secrets, key, (await this.bus.bucket(contracts.secretRecords).get(key))?.revision);
  }

  async pool(reference: string, { hostId, revision = 0 }: Partial<contracts.PoolLooked> = {}): Promise<void> {
    const found = await contracts.findByReference(reference, this.bus.bucket(contracts.poolRecords), this.bus.bucket(contracts.poolNames));
    const uuid = found?.value.uuid ?? reference;
    if (!contracts.isLibvirtUuid(uuid)) return;
    await reached(this.views.pools, { uuid }, found?.revision);
    if (hostId === undefined) return;
    const key = { hostId, uuid };
    await reached(this.views.hostPools, key, (await this.bus.bucket(contracts.hostPools).get(key))?.revision);
    await passed(this.views.volumes, revision);
  }

  async volume({ hostId, pool, name }: contracts.VolumeId): Promise<void> {
    const key = { hostId, pool, name: contracts.tokenFromName(name) };
    await reached(this.views.volumes, key, (await this.bus.bucket(contracts.volumeRecords).get(key))?.revision);
  }

  async port({ networkUuid, mac }: Pick<contracts.PortRecord, 'networkUuid' | 'mac'>): Promise<void> {
    const key = { networkUuid, mac: mac.replaceAll(':', '') };
    await reached(this.views.ports, key, (await this.bus.bucket(contracts.portRecords).get(key))?.revision);
  }

  private async secretFor(usage: string): Promise<string | undefined> {
    if (Buffer.byteLength(usage) > MOST_USAGE_BYTES) return undefined;
    return (await this.bus.bucket(contracts.secretUsages).get({ name: contracts.tokenFromName(usage) }))?.value.uuid;
  }
}

/** @param revision of the leader's value; `undefined` when it has none */
function reached<P, K extends Key>(view: View<P, K>, key: K, revision: number | undefined): Promise<void> {
  return until(view, () => {
    const held = view.get(key)?.revision;
    return revision === undefined ? held === undefined : held !== undefined && held >= revision;
  });
}

/** A view has its bucket's writes in their order: with one of them it has all before it. */
function passed<P, K extends Key>(view: View<P, K>, revision: number): Promise<void> {
  return until(view, () => revision === 0 || view.entries().some((entry) => entry.revision >= revision));
}
