import {
  domainRecords,
  findByReference,
  networkNames,
  networkRecords,
  tokenFromName,
  type NetworkRecord,
  type OwnedBy,
} from '@virtbus/contracts';
import type { Bus, View } from '@virtbus/messaging';
import type { Networks } from '../ports.js';

/** Networks from a watch; whoever is about to say no asks the leader first. */
export class BusNetworks implements Networks {
  private constructor(
    private readonly bus: Bus,
    private readonly records: View<NetworkRecord, { readonly uuid: string }>,
    private readonly names: View<{ readonly uuid: string }, { readonly name: string }>,
  ) {}

  static async open(bus: Bus): Promise<BusNetworks> {
    const [records, names] = await Promise.all([bus.bucket(networkRecords).view(), bus.bucket(networkNames).view()]);
    return new BusNetworks(bus, records, names);
  }

  async named(name: string): Promise<NetworkRecord | undefined> {
    const claim = this.names.get({ name: tokenFromName(name) });
    const record = claim && this.records.get({ uuid: claim.value.uuid })?.value;
    return record?.name === name ? record : undefined;
  }

  async namedFresh(name: string): Promise<NetworkRecord | undefined> {
    return (await findByReference(name, this.bus.bucket(networkRecords), this.bus.bucket(networkNames)))?.value;
  }

  async byUuid(uuid: string): Promise<NetworkRecord | undefined> {
    return (await this.bus.bucket(networkRecords).get({ uuid }))?.value;
  }

  async ownerOf(domain: string): Promise<OwnedBy | undefined> {
    return (await this.bus.bucket(domainRecords).get({ uuid: domain }))?.value;
  }
}
