import * as contracts from '@virtbus/contracts';
import type { Bandwidth, CreatePort, DomainRecord, NetworkRecord, PortOnHost, PortRecord } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { PortPlaces } from '../core/port-host.js';
import type { FleetViews } from '../fleet.views.js';
import type { PortWorld } from '../network-port.runner.js';
import { reporting } from '../pools/pool-hosts.js';

/** A bridge with its firewall and dnsmasq is there within a second or two, unless the host has much to do. */
const ENSURE_MS = 15_000;

export class BusPortWorld implements PortWorld {
  constructor(
    private readonly bus: Bus,
    private readonly views: Pick<FleetViews, 'hosts'>,
    readonly hostOf: (domain: string) => Promise<string | undefined>,
  ) {}

  async network(reference: string): Promise<NetworkRecord | undefined> {
    const { networkRecords, networkNames } = contracts;
    return (await contracts.findByReference(reference, this.bus.bucket(networkRecords), this.bus.bucket(networkNames)))?.value;
  }

  async domain(uuid: string): Promise<DomainRecord | undefined> {
    return (await this.bus.bucket(contracts.domainRecords).get({ uuid }))?.value;
  }

  hosts(): PortPlaces['hosts'] {
    const { hosts } = this.views;
    const reports = new Set(reporting(this.views, Date.now()));
    return hosts
      .entries()
      .filter(({ value }) => value.leftAt === undefined)
      .map(({ key: { hostId } }) => ({ hostId, reports: reports.has(hostId) }))
      .toSorted((a, b) => (a.hostId < b.hostId ? -1 : 1));
  }

  async port(networkUuid: string, id: string): Promise<PortRecord | undefined> {
    const view = await this.bus.bucket(contracts.portRecords).view({ networkUuid });
    const found = view.entries().find(({ value }) => value.id === id);
    await view.close();
    return found?.value;
  }

  create(wanted: CreatePort): Promise<PortOnHost> {
    return this.bus.request(contracts.createPort, wanted);
  }

  async release({ domain, epoch, networkUuid, mac }: PortRecord): Promise<void> {
    await this.bus.request(contracts.releasePorts, { domain, epoch, ports: [{ networkUuid, mac }] });
  }

  async shape({ domain, epoch, networkUuid, mac }: PortRecord, bandwidth: Bandwidth | undefined): Promise<void> {
    await this.bus.request(contracts.shapePort, { domain, epoch, networkUuid, mac, ...contracts.defined({ bandwidth }) });
  }

  async ensureNetwork(hostId: string, uuid: string): Promise<void> {
    await this.bus.request(contracts.ensureHostNetwork, { uuid }, { tokens: { hostId }, timeoutMs: ENSURE_MS });
  }
}
