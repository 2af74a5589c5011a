import { defined, noNetworkPort, Refusal } from '@virtbus/contracts';
import type {
  Bandwidth,
  CreateNetworkPort,
  CreatePort,
  DomainRecord,
  NetworkPortId,
  NetworkPortRef,
  NetworkRecord,
  OwnedBy,
  PortOnHost,
  PortRecord,
  TuneNetworkPort,
} from '@virtbus/contracts';
import { RetryLater } from '@virtbus/messaging';
import { isMulticast, parseNetworkPort, type NetworkPortDef } from '@virtbus/libvirt-xml';
import { PORT, portWishOf, reclaimedPlugOf } from './core/network-port.js';
import { refuseName } from './core/object-name.js';
import { placementIn, withoutPlacement } from './core/placement-element.js';
import { portHostOf, type PortPlaces } from './core/port-host.js';
import { readingXml } from './core/xml-refusal.js';

/** What making ports by hand needs of the fleet. Refusals are those of whoever is asked. */
export interface PortWorld {
  network(reference: string): Promise<NetworkRecord | undefined>;
  domain(uuid: string): Promise<DomainRecord | undefined>;
  /** Where a domain runs, if it does. */
  hostOf(domain: string): Promise<string | undefined>;
  hosts(): PortPlaces['hosts'];
  /** Past every cache. */
  port(networkUuid: string, id: string): Promise<PortRecord | undefined>;
  /** netd's three. */
  create(wanted: CreatePort): Promise<PortOnHost>;
  release(port: PortRecord): Promise<void>;
  shape(port: PortRecord, bandwidth: Bandwidth | undefined): Promise<void>;
  /** The network is on the host when it resolves. @throws Refusal host_unreachable, and what the host refuses */
  ensureNetwork(hostId: string, networkUuid: string): Promise<void>;
}

interface Read {
  readonly definition: NetworkPortDef;
  /** The host that it names. */
  readonly named: string | undefined;
}

interface Wanted extends Read {
  readonly command: CreateNetworkPort;
  readonly network: NetworkRecord;
}

interface Attempt {
  readonly networkUuid: string;
  readonly id: string;
  readonly commandId: string;
}

const AGAIN_MS = 500;
/** A port's XML has a few elements. Bytes. */
const MAX_PORT_XML_BYTES = 64 * 1024;
const NETWORK_MODULE = 19;

const prefixes = {
  operation_invalid: 'Requested operation is not valid: ',
  invalid_argument: 'invalid argument: ',
  xml_error: 'XML error: ',
} as const;
const refused = (code: keyof typeof prefixes, words: string): Refusal =>
  new Refusal(code, `${prefixes[code]}${words}`, { domain: NETWORK_MODULE });

const idOf = ({ id, networkUuid, mac, hostId }: PortRecord): NetworkPortId => ({ uuid: id, networkUuid, mac, hostId });

/** Ports that no interface of a domain has. The fact is netd's, what they are plugged into the hosts'; here it is decided which host. */
export class NetworkPortRunner {
  constructor(private readonly world: PortWorld) {}

  /**
   * Ends when its network is on its host. What then comes again of the same command ends in the same way; what fails leaves no port.
   * @throws Refusal no_network, no_domain, no_host, host_unreachable, invalid_argument, and what netd, the host and the XML are refused for;
   * RetryLater while netd does not answer
   */
  async create(command: CreateNetworkPort, commandId: string): Promise<NetworkPortId> {
    const wish = read(command.xml);
    const network = await this.network(command.network);
    try {
      const port = await this.make({ ...wish, command, network }, commandId);
      if (port.actual.bridge !== undefined) await this.world.ensureNetwork(port.hostId, network.uuid);
      return { uuid: port.id, networkUuid: port.networkUuid, mac: port.mac, hostId: port.hostId };
    } catch (thrown) {
      if (!(thrown instanceof RetryLater)) await this.giveBack({ networkUuid: network.uuid, id: wish.definition.uuid, commandId }, thrown);
      throw thrown;
    }
  }

  /** @throws Refusal no_network, no_network_port, operation_invalid when it is the port of an interface */
  async delete(command: NetworkPortRef): Promise<NetworkPortId> {
    const port = await this.port(command);
    if (!port.byHand) throw ofInterface(port, 'it goes with the interface: detach that, or stop the domain');
    await this.world.release(port);
    return idOf(port);
  }

  /** @throws Refusal no_network, no_network_port, operation_invalid when it is the port of an interface, or of what cannot be kept */
  async tune({ bandwidth, ...command }: TuneNetworkPort): Promise<NetworkPortId> {
    const port = await this.port(command);
    if (!port.byHand) throw ofInterface(port, 'tune the interface');
    await this.world.shape(port, bandwidth);
    return idOf(port);
  }

  private async make({ definition, named, command, network }: Wanted, commandId: string): Promise<PortOnHost> {
    if (!network.active) throw refused('operation_invalid', `network '${network.name}' is not active`);
    refuseFlags(definition, command.reclaim ?? false);
    const domain = await this.ownerOf(definition, command.project);
    const ofOwner = domain && (await this.world.hostOf(domain.uuid));
    const hostId = portHostOf({ named, ofOwner, hosts: this.world.hosts() });
    const project = command.project ?? (domain ?? network).project;
    return this.ask({
      ...{ id: definition.uuid, networkUuid: network.uuid, hostId },
      ...defined({ domainName: domain?.name, plug: reclaimedPlugOf(definition) }),
      byHand: { owner: { ...definition.owner }, ...defined({ project, placed: named === undefined ? undefined : true }), commandId },
      wish: portWishOf(definition, network.name),
    });
  }

  /** Of a question that was not answered nobody knows whether it was heard: it is asked again, which makes the port once. */
  private async ask(wanted: CreatePort): Promise<PortOnHost> {
    try {
      return await this.world.create(wanted);
    } catch (thrown) {
      throw thrown instanceof Refusal && thrown.code === 'service_unreachable' ? new RetryLater(AGAIN_MS, thrown) : thrown;
    }
  }

  /** What this command has made, now or when it came before. @throws RetryLater when it cannot be given back yet */
  private async giveBack({ networkUuid, id, commandId }: Attempt, why: unknown): Promise<void> {
    const made = await this.world.port(networkUuid, id);
    if (made?.byHand?.commandId !== commandId) return;
    await this.world.release(made).catch(() => {
      throw new RetryLater(AGAIN_MS, why);
    });
  }

  private async port({ network, port: id }: NetworkPortRef): Promise<PortRecord> {
    const { uuid } = await this.network(network);
    const port = await this.world.port(uuid, id.toLowerCase());
    if (!port) throw noNetworkPort(id);
    return port;
  }

  private async network(reference: string): Promise<NetworkRecord> {
    const network = await this.world.network(reference);
    if (!network) throw new Refusal('no_network', `Network not found: no network with matching name '${reference}'`);
    return network;
  }

  /** The domain that the port is for, when there is one. @throws Refusal no_domain: it is of another project than the port is to be */
  private async ownerOf({ owner: { uuid } }: NetworkPortDef, project: string | undefined): Promise<(DomainRecord & OwnedBy) | undefined> {
    const domain = await this.world.domain(uuid);
    if (domain && project !== undefined && domain.project !== project)
      throw new Refusal('no_domain', `Domain not found: no domain with matching uuid '${uuid}'`);
    return domain;
  }
}

/** @throws Refusal payload_too_large, and what the XML is refused for */
function read(xml: string): Read {
  const bytes = Buffer.byteLength(xml);
  if (bytes > MAX_PORT_XML_BYTES)
    throw new Refusal('payload_too_large', `XML of ${bytes} bytes is over the limit of ${MAX_PORT_XML_BYTES} for a port`);
  const plain = withoutPlacement(xml);
  // A name that no host has is that of no host, and not none.
  const named = readingXml(() => placementIn(xml, PORT)) ?? (plain === xml ? undefined : '');
  const definition = readingXml(() => parseNetworkPort(plain));
  refuseName(definition.owner.name);
  refuseMac(definition.mac.address);
  return { definition, named };
}

/** Groups and nobody have no port: a frame for them would go to this one alone. libvirt takes them. */
function refuseMac(mac: string): void {
  if (isMulticast(mac)) throw refused('xml_error', `expected unicast mac address, found multicast '${mac}'`);
  if (mac === '00:00:00:00:00:00') throw refused('xml_error', `expected unicast mac address, found '${mac}'`);
}

/** In libvirt's words. */
function refuseFlags({ plug }: NetworkPortDef, reclaim: boolean): void {
  const isPlugged = plug !== undefined && plug.type !== 'none';
  if (isPlugged && !reclaim) throw refused('invalid_argument', 'Port reclaim not requested but plug type is not none');
  if (!isPlugged && reclaim) throw refused('invalid_argument', 'Port reclaim requested but plug type is none');
}

const ofInterface = ({ id, mac, domainName }: PortRecord, next: string): Refusal =>
  refused('operation_invalid', `port ${id} is of the interface ${mac} of domain '${domainName}': ${next}`);
