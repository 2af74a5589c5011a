import * as contracts from '@virtbus/contracts';
import {
  noNetworkPort,
  ownerOfPort,
  Refusal,
  type AddressedInterface,
  type Lease,
  type NetworkRecord,
  type PortRecord,
  type PortSummary,
} from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import { countDevices, liveNetworkXml } from './core/live-network.js';
import { portXmlOf } from './core/network-port.js';
import type { DevicesInUse } from './core/network-update.js';
import type { FleetReader } from './fleet.reader.js';
import type { FleetViews } from './fleet.views.js';

const HOST_TIMEOUT_MS = 3_000;
/** The agent in a guest has three seconds, and the way there takes some. */
const AGENT_TIMEOUT_MS = 4_500;
const NETWORK_MODULE = 19;

/** Answers what is asked of networks: the definitions are the api's, ports are netd's, leases and addresses the hosts'. */
export class NetworkReader {
  constructor(
    private readonly bus: Bus,
    private readonly views: FleetViews,
    private readonly fleet: Pick<FleetReader, 'domain'>,
  ) {}

  /** As it is active, with its connections; else as it is defined. @throws Refusal no_network */
  async xml(reference: string, inactive: boolean): Promise<contracts.DefinitionXml> {
    const { value: record, revision } = await this.held(reference);
    if (inactive || !record.active) return { xml: record.xml, revision };
    return { xml: liveNetworkXml(record, this.portsOf(record.uuid)), revision };
  }

  /** @throws Refusal no_network, operation_invalid */
  async leases(reference: string): Promise<Lease[]> {
    const { uuid } = await this.activeNetwork(reference);
    const hostIds = this.views.hostNetworks.entries().filter((entry) => entry.key.uuid === uuid);
    const answers = await Promise.all(hostIds.map(({ key }) => this.leasesOf(key.hostId, uuid)));
    return answers.flat().toSorted((a, b) => (a.mac < b.mac ? -1 : 1));
  }

  /** @throws Refusal no_network, operation_invalid */
  async ports(reference: string): Promise<PortSummary[]> {
    const { uuid } = await this.activeNetwork(reference);
    return this.portsOf(uuid)
      .map(summaryOf)
      .toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1));
  }

  /** @throws Refusal no_network, no_network_port, operation_invalid */
  async portXml(reference: string, port: string): Promise<string> {
    const { uuid } = await this.activeNetwork(reference);
    const found = this.portsOf(uuid).find(({ id }) => id === port.toLowerCase());
    if (!found) throw noNetworkPort(port);
    return portXmlOf(found);
  }

  /** @throws Refusal no_domain, operation_invalid when it does not run, and as its host refuses */
  async addresses({ domain, source = 'lease' }: contracts.DomainAddressQuestion): Promise<AddressedInterface[]> {
    const { uuid, hostId } = await this.running(domain);
    const options = { tokens: { hostId }, timeoutMs: source === 'agent' ? AGENT_TIMEOUT_MS : HOST_TIMEOUT_MS };
    return (await this.bus.request(contracts.readGuestAddresses, { uuid, source }, options)).interfaces;
  }

  /** @throws Refusal no_domain, operation_invalid when it does not run, no_device, and as its host refuses */
  async cardFilter({ domain, interface: name }: contracts.DomainCardQuestion): Promise<contracts.CardFilter> {
    const { uuid, hostId } = await this.running(domain);
    return this.bus.request(contracts.readCardFilter, { uuid, interface: name }, { tokens: { hostId }, timeoutMs: HOST_TIMEOUT_MS });
  }

  private async running(domain: string): Promise<{ readonly uuid: string; readonly hostId: string }> {
    const { uuid, hostId, state } = await this.fleet.domain(domain);
    if (hostId === undefined || state === 'shutoff')
      throw new Refusal('operation_invalid', 'Requested operation is not valid: domain is not running');
    return { uuid, hostId };
  }

  /** How many connections each device of a network's pool has. */
  devicesInUse(uuid: string): DevicesInUse {
    return countDevices(this.portsOf(uuid));
  }

  private portsOf(uuid: string): PortRecord[] {
    return this.views.ports
      .entries()
      .filter(({ key }) => key.networkUuid === uuid)
      .map(({ value }) => value);
  }

  private async activeNetwork(reference: string): Promise<NetworkRecord> {
    const record = await this.network(reference);
    if (record.active) return record;
    const words = `Requested operation is not valid: network '${record.name}' is not active`;
    throw new Refusal('operation_invalid', words, { domain: NETWORK_MODULE });
  }

  private async network(reference: string): Promise<NetworkRecord> {
    return (await this.held(reference)).value;
  }

  private async held(reference: string): Promise<{ readonly value: NetworkRecord; readonly revision: number }> {
    const { networkRecords, networkNames } = contracts;
    const found = await contracts.findByReference(reference, this.bus.bucket(networkRecords), this.bus.bucket(networkNames));
    if (!found) throw new Refusal('no_network', `Network not found: no network with matching name '${reference}'`);
    return found;
  }

  /** A host that does not answer has no leases to show; the others' are shown all the same. */
  private async leasesOf(hostId: string, uuid: string): Promise<Lease[]> {
    const answer = await this.bus
      .request(contracts.readHostLeases, { uuid }, { tokens: { hostId }, timeoutMs: HOST_TIMEOUT_MS })
      .catch((thrown: unknown) => {
        if (thrown instanceof Refusal && ['host_unreachable', 'no_network'].includes(thrown.code)) return { leases: [] };
        throw thrown;
      });
    return answer.leases;
  }
}

function summaryOf(record: PortRecord): PortSummary {
  const { id, mac, hostId, byHand } = record;
  const { uuid, name } = ownerOfPort(record);
  return { uuid: id, mac, domain: uuid, domainName: name, hostId, ...(byHand && { byHand: true }) };
}
