import {
  defined,
  domainNames,
  domainRecords,
  domainStatesBucket,
  findByReference,
  hostFacts,
  hostWishes,
  networkNames,
  networkRecords,
  placements,
  tokenFromName,
} from '@virtbus/contracts';
import type {
  DiskDemand,
  DiskSite,
  DomainRecord,
  DomainState,
  HostClaims,
  HostFacts,
  NetworkRecord,
  Placement,
  PoolDemand,
} from '@virtbus/contracts';
import { parseNetwork, type NetworkDef } from '@virtbus/libvirt-xml';
import type { Bus, View } from '@virtbus/messaging';
import type { Host } from '../core/host.js';
import { diskSites, isKnown } from '../core/disk-sites.js';
import { poolDemands } from '../core/pools.js';
import type { At, Facts } from '../ports.js';
import type { ClaimBook } from './claim-book.js';
import { StorageView } from './storage-view.js';

/** A host that has not beaten for this long gets no new domain. Three beats. */
const SILENT_AFTER_MS = 15_000;

interface Views {
  readonly facts: View<HostFacts>;
  readonly wishes: View<{ readonly cordoned: boolean }>;
  readonly placed: View<Placement>;
  readonly networks: View<NetworkRecord, { readonly uuid: string }>;
  readonly networkNames: View<{ readonly uuid: string }, { readonly name: string }>;
}

/** The facts that decisions rest on: the fleet from watches, one domain's facts from the leader. */
export class FleetView implements Facts {
  private readonly definitions = new WeakMap<NetworkRecord, NetworkDef>();

  private constructor(
    private readonly bus: Bus,
    private readonly views: Views,
    private readonly book: ClaimBook,
    private readonly storage: StorageView,
  ) {}

  static async open(bus: Bus, book: ClaimBook): Promise<FleetView> {
    const [facts, wishes, placed, networks, names] = await Promise.all([
      bus.bucket(hostFacts).view(),
      bus.bucket(hostWishes).view(),
      bus.bucket(placements).view(),
      bus.bucket(networkRecords).view(),
      bus.bucket(networkNames).view(),
    ]);
    return new FleetView(bus, { facts, wishes, placed, networks, networkNames: names }, book, await StorageView.open(bus));
  }

  async findDomain(reference: string): Promise<DomainRecord | undefined> {
    return (await findByReference(reference, this.bus.bucket(domainRecords), this.bus.bucket(domainNames)))?.value;
  }

  placement(uuid: string): Promise<At<Placement> | undefined> {
    return this.bus.bucket(placements).get({ uuid });
  }

  placements(): readonly Placement[] {
    return this.views.placed.entries().map((entry) => entry.value);
  }

  async state(uuid: string): Promise<DomainState | undefined> {
    return (await this.bus.bucket(domainStatesBucket).get({ uuid }))?.value;
  }

  async pools(networks: readonly string[]): Promise<readonly PoolDemand[]> {
    const records = await Promise.all([...new Set(networks)].map((name) => this.networkNamed(name)));
    return poolDemands(
      networks,
      records.filter((record) => record !== undefined).map((record) => this.definitionOf(record)),
    );
  }

  async disks(disks: readonly DiskDemand[]): Promise<readonly DiskSite[]> {
    if (isKnown(disks, this.storage)) return diskSites(disks, this.storage);
    // Another may just have made it.
    return diskSites(
      disks,
      await this.storage.fresh(
        disks,
        this.hosts().map(({ id }) => id),
      ),
    );
  }

  /** One that is not known here is asked of the bus's leader. */
  private async networkNamed(name: string): Promise<NetworkRecord | undefined> {
    const claim = this.views.networkNames.get({ name: tokenFromName(name) });
    const known = claim && this.views.networks.get({ uuid: claim.value.uuid })?.value;
    if (known?.name === name) return known;
    return (await findByReference(name, this.bus.bucket(networkRecords), this.bus.bucket(networkNames)))?.value;
  }

  /** Parsed once for each revision of a record: a changed network comes as another object. */
  private definitionOf(record: NetworkRecord): NetworkDef {
    const kept = this.definitions.get(record) ?? parseNetwork(record.liveXml ?? record.xml);
    this.definitions.set(record, kept);
    return kept;
  }

  hosts(): readonly Host[] {
    const now = Date.now();
    return this.views.facts
      .entries()
      .map(({ value, writtenAt }) => this.hostFrom(value, value.leftAt === undefined && now - writtenAt.getTime() < SILENT_AFTER_MS));
  }

  private hostFrom(facts: HostFacts, alive: boolean): Host {
    const claims: HostClaims = this.book.of(facts.hostId);
    return {
      id: facts.hostId,
      alive,
      cordoned: this.views.wishes.get({ hostId: facts.hostId })?.value.cordoned ?? false,
      arch: facts.arch,
      kvm: facts.kvm,
      emulator: facts.emulator,
      cpus: facts.cpus,
      memoryMiB: facts.memoryMiB,
      claims: claims.claims,
      ...defined({ devices: facts.devices }),
    };
  }
}
