import * as contracts from '@virtbus/contracts';
import { Refusal, type DomainDetail, type HostSummary } from '@virtbus/contracts';
import type { Bus, ViewEntry } from '@virtbus/messaging';
import { pageOf } from './core/page.js';
import { readingXml } from './core/xml-refusal.js';
import { hostSummaryOf, isActive, networkSummaryOf, summaryOf, type DomainFacts } from './core/summaries.js';
import type { FleetViews } from './fleet.views.js';
import { capabilitiesXml, domainCapabilitiesXml, type Offer } from './rpc/capabilities.js';
import { uuidOfName } from './rpc/named-uuid.js';

/** A host that has not beaten for this long is shown as down. */
const SILENT_AFTER_MS = 15_000;

/** Answers what is asked of the fleet: lists from watches, one object from the bus's leader, so that a sender reads its own writes. */
export class FleetReader {
  constructor(
    private readonly bus: Bus,
    private readonly views: FleetViews,
  ) {}

  /** @throws Refusal payload_invalid */
  domains(question: contracts.PageQuestion = {}): contracts.DomainList {
    const from = this.views.domains.entries();
    const { items, ...next } = pageOf({ from, keyOf: ({ value }) => value.name, show: (entry) => this.domainSummary(entry) }, question);
    return { domains: [...items], ...next };
  }

  /** By its UUID, as the watch has it. */
  heldDomain(uuid: string): contracts.DomainSummary | undefined {
    const entry = contracts.isLibvirtUuid(uuid) ? this.views.domains.get({ uuid }) : undefined;
    return entry && this.domainSummary({ ...entry, key: { uuid } });
  }

  everyDomain(): contracts.DomainSummary[] {
    return this.views.domains.entries().map((entry) => this.domainSummary(entry));
  }

  /** @throws Refusal no_domain */
  async domain(reference: string): Promise<DomainDetail> {
    const facts = await this.factsOf(reference);
    const { interfaces = [], taints } = (isActive(facts) ? facts.state : undefined) ?? {};
    return { ...summaryOf(facts), interfaces, ...contracts.defined({ taints }) };
  }

  /** @throws Refusal no_domain */
  async domainXml(reference: string, inactive: boolean): Promise<string> {
    return (await this.domainDefinition(reference, inactive)).xml;
  }

  /** @throws Refusal no_domain */
  async domainDefinition(reference: string, inactive: boolean): Promise<contracts.DefinitionXml> {
    const facts = await this.factsOf(reference);
    const live = !inactive && isActive(facts) ? facts.state?.xml : undefined;
    return { xml: live ?? facts.record.xml, revision: facts.revision };
  }

  /** @throws Refusal payload_invalid */
  networks(question: contracts.PageQuestion = {}): contracts.NetworkList {
    const from = this.views.networks.entries();
    const { items, ...next } = pageOf({ from, keyOf: ({ value }) => value.name, show: ({ value }) => networkSummaryOf(value) }, question);
    return { networks: [...items], ...next };
  }

  /** @throws Refusal payload_invalid */
  secrets(question: contracts.PageQuestion = {}): contracts.SecretList {
    const from = this.views.secrets.entries();
    const { items, ...next } = pageOf({ from, keyOf: ({ value }) => value.uuid, show: ({ value }) => value }, question);
    return { secrets: [...items], ...next };
  }

  /** As libvirt's clients are told. */
  async capabilities(): Promise<contracts.Xml> {
    const born = await this.bus.bucket(contracts.domainRecords).createdAt();
    return { xml: capabilitiesXml(this.offer(), uuidOfName(born)) };
  }

  /** @throws Refusal invalid_argument, config_unsupported */
  guestCapabilities({ emulator: emulatorbin, arch, machine, virttype }: contracts.GuestKind): contracts.Xml {
    return { xml: readingXml(() => domainCapabilitiesXml(this.offer(), { emulatorbin, arch, machine, virttype })) };
  }

  private offer(): Offer {
    const { hosts, emulators } = this.views;
    return { hosts: hosts.entries().map(({ value }) => value), emulators: emulators.entries().map(({ value }) => value) };
  }

  /** @throws Refusal payload_invalid */
  hosts(question: contracts.PageQuestion = {}): contracts.HostList {
    const from = this.views.hosts.entries();
    const { items, ...next } = pageOf({ from, keyOf: ({ key }) => key.hostId, show: (entry) => this.hostSummary(entry) }, question);
    return { hosts: [...items], ...next };
  }

  /** As the watch has it: what a definition may plug into is asked often. */
  networkNamed(reference: string): contracts.NetworkRecord | undefined {
    const { networks } = this.views;
    const byUuid = contracts.isLibvirtUuid(reference) ? networks.get({ uuid: reference.toLowerCase() })?.value : undefined;
    return byUuid ?? networks.entries().find(({ value }) => value.name === reference)?.value;
  }

  host(hostId: string): HostSummary | undefined {
    if (!contracts.isSubjectToken(hostId)) return undefined;
    const entry = this.views.hosts.get({ hostId });
    return entry && this.hostSummary({ ...entry, key: { hostId } });
  }

  hasHost(hostId: string): boolean {
    return contracts.isSubjectToken(hostId) && this.views.hosts.get({ hostId }) !== undefined;
  }

  private domainSummary({ key, value: record }: ViewEntry<contracts.DomainRecord, { readonly uuid: string }>): contracts.DomainSummary {
    const { placements, states } = this.views;
    return summaryOf({ record, placement: placements.get(key)?.value, state: states.get(key)?.value });
  }

  private hostSummary({ key, value, writtenAt }: ViewEntry<contracts.HostFacts, { readonly hostId: string }>): HostSummary {
    return hostSummaryOf(value, {
      alive: value.leftAt === undefined && Date.now() - writtenAt.getTime() < SILENT_AFTER_MS,
      cordoned: this.views.wishes.get(key)?.value.cordoned ?? false,
      claims: this.views.claims.get(key)?.value,
    });
  }

  private async factsOf(reference: string): Promise<DomainFacts & { readonly revision: number }> {
    const found = await contracts.findByReference(
      reference,
      this.bus.bucket(contracts.domainRecords),
      this.bus.bucket(contracts.domainNames),
    );
    if (!found) throw new Refusal('no_domain', `Domain not found: no domain with matching name '${reference}'`);
    const key = { uuid: found.value.uuid };
    const [placement, state] = await Promise.all([
      this.bus.bucket(contracts.placements).get(key),
      this.bus.bucket(contracts.domainStatesBucket).get(key),
    ]);
    return { record: found.value, revision: found.revision, placement: placement?.value, state: state?.value };
  }
}
