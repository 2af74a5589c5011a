import { domainNames, domainRecords, domainStatesBucket, findByReference, hostFacts, hostWishes, placements } from '@virtbus/contracts';
import type { DomainRecord, DomainState, HostClaims, HostFacts, Placement } from '@virtbus/contracts';
import type { Bus, View } from '@virtbus/messaging';
import type { Host } from '../core/host.js';
import type { At, Facts } from '../ports.js';
import type { ClaimBook } from './claim-book.js';

/** A host that has not beaten for this long gets no new domain. Three beats. */
const SILENT_AFTER_MS = 15_000;

interface Views {
  readonly facts: View<HostFacts>;
  readonly wishes: View<{ readonly cordoned: boolean }>;
  readonly placed: View<Placement>;
}

/** The facts that decisions rest on: the fleet from watches, one domain's facts from the leader. */
export class FleetView implements Facts {
  private constructor(
    private readonly bus: Bus,
    private readonly views: Views,
    private readonly book: ClaimBook,
  ) {}

  static async open(bus: Bus, book: ClaimBook): Promise<FleetView> {
    const [facts, wishes, placed] = await Promise.all([
      bus.bucket(hostFacts).view(),
      bus.bucket(hostWishes).view(),
      bus.bucket(placements).view(),
    ]);
    return new FleetView(bus, { facts, wishes, placed }, book);
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

  hosts(): readonly Host[] {
    const now = Date.now();
    return this.views.facts.entries().map(({ value, writtenAt }) => this.hostFrom(value, now - writtenAt.getTime() < SILENT_AFTER_MS));
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
    };
  }
}
