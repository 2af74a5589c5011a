import * as contracts from '@virtbus/contracts';
import type { Bus, View } from '@virtbus/messaging';
import type { FleetViews } from '../../fleet.views.js';
import type { Freshness } from '../known.js';

/** A watch that is further behind than this is in trouble of its own; the answer is then as old as it is. */
const BEHIND_MS = 2_000;

type ByUuid = { readonly uuid: string };

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

  private async secretFor(usage: string): Promise<string | undefined> {
    return (await this.bus.bucket(contracts.secretUsages).get({ name: contracts.tokenFromName(usage) }))?.value.uuid;
  }
}

/** @param revision of the leader's value; `undefined` when it has none */
function reached<P>(view: View<P, ByUuid>, key: ByUuid, revision: number | undefined): Promise<void> {
  const is = (): boolean => {
    const held = view.get(key)?.revision;
    return revision === undefined ? held === undefined : held !== undefined && held >= revision;
  };
  if (is()) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(late);
      end();
      resolve();
    };
    const end = view.onChange(({ key: changed }) => {
      if (changed.uuid === key.uuid && is()) settle();
    });
    const late = setTimeout(settle, BEHIND_MS);
  });
}
