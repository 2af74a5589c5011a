import type { Port, PortAddress } from '@virtbus/contracts';
import { compileFilter, type PortFilter } from '../core/nwfilter/compile-filter.js';
import { FORMER_MS, GrantedAddresses } from '../core/nwfilter/granted-addresses.js';
import type { FilterRefusal } from '../core/nwfilter/filter-rule.js';
import { modeOf, variablesOf, type FilterRef } from '../core/nwfilter/filter-variables.js';
import { learningFilter } from '../core/nwfilter/learning-filter.js';
import { closureOf } from '../core/nwfilter/place-rules.js';
import type { HostLog } from '../ports.js';
import type { AddressLearner } from './address-learner.js';
import { notToldYet, refusalOf, unknownLearning } from './filter-refusals.js';
import type { FilterSource } from './filter-source.js';
import type { FilterTables } from './filter-tables.js';

export interface FilterWorld {
  readonly tables: Pick<FilterTables, 'apply' | 'remove' | 'differs'>;
  readonly source: FilterSource;
  readonly learner: AddressLearner;
  readonly log: HostLog;
}

export interface AddressedPort {
  readonly mac: string;
  readonly addresses?: readonly PortAddress[];
}

/** A link, the filter that its frames are to pass, and what the filter's variables are filled with. */
export interface FilteredLink {
  readonly link: string;
  /** Of the guest behind it. */
  readonly mac: string;
  readonly ref: FilterRef;
  readonly port?: Port;
  /** Whose it is: of a domain's interface, or put there by hand. */
  readonly of: 'interface' | 'binding';
}

/**
 * Filters that links of this host have. They follow the definitions of filters and the address that is learned, each time in one
 * transaction; what cannot be applied then leaves the old rules in place.
 */
export class LinkFilters {
  private readonly worn = new Map<string, FilteredLink>();
  private readonly granted = new GrantedAddresses();
  /** By network, as last heard of. */
  private readonly ports = new Map<string, readonly AddressedPort[]>();

  constructor(private readonly world: FilterWorld) {
    world.source.onChange((names) => void this.redefined(names));
  }

  close(): void {
    this.world.learner.close();
  }

  /** Whose filter a link has, as far as this process has been told. */
  holderOf(link: string): FilteredLink['of'] | undefined {
    return this.worn.get(link)?.of;
  }

  /** @throws Refusal, LinkError; then the link has what it had before */
  async apply(filtered: FilteredLink): Promise<void> {
    await this.lay(filtered);
    this.worn.set(filtered.link, filtered);
  }

  /** Takes all rules of a link away, which need not have any, and may be gone. */
  async remove(link: string, port?: Port): Promise<void> {
    if (port) this.granted.forget(port);
    this.worn.delete(link);
    await this.world.learner.forget(link);
    await this.world.tables.remove(link);
  }

  /**
   * After a restart of the agent. While nobody has told the definitions, the rules that the kernel has go on; they are looked at once
   * somebody has. Answers whether they were otherwise.
   */
  async reconcile(filtered: FilteredLink): Promise<boolean> {
    this.worn.set(filtered.link, filtered);
    if (!this.world.source.definitions()) return false;
    const wanted = await this.rulesOf(filtered);
    const isOtherwise = await this.world.tables.differs(filtered.link, wanted);
    await this.lay(filtered);
    return isOtherwise;
  }

  /** netd may give a guest that runs another address: the rules let it say that one too. */
  addressed(networkUuid: string, ports: readonly AddressedPort[]): void {
    this.ports.set(networkUuid, ports);
    for (const filtered of this.worn.values()) {
      if (filtered.port?.networkUuid === networkUuid && this.hear(filtered)) void this.again(filtered, 'its address has changed');
    }
  }

  /** Whether its port has other addresses than were known. */
  private hear({ port, mac, link }: FilteredLink): boolean {
    const said = port && this.ports.get(port.networkUuid)?.find((each) => each.mac === mac);
    if (!port || !said || !this.granted.hear(port, said.addresses ?? [], Date.now())) return false;
    setTimeout(() => void this.learned(link), FORMER_MS).unref();
    return true;
  }

  private async lay(filtered: FilteredLink): Promise<void> {
    await this.world.tables.apply(filtered.link, await this.rulesOf(filtered));
  }

  /** The filter, or as much of it as is possible without the guest's address, which is learned meanwhile. */
  private async rulesOf(filtered: FilteredLink): Promise<PortFilter> {
    const { mac, link, ref } = filtered;
    this.hear(filtered);
    const port = filtered.port && this.granted.allowed(filtered.port, Date.now());
    const mode = modeOf(ref);
    if (!mode) throw unknownLearning(filtered);
    const definitions = this.world.source.definitions();
    if (!definitions) throw notToldYet(filtered);
    const learned = mode === 'none' ? [] : await this.world.learner.addresses(link, mac);
    const variables = variablesOf(ref, { mac, learned, ...(port ? { port } : {}) });
    const compiled = compileFilter({ filter: ref.filter, definitions, variables });
    if (compiled.type === 'filter') return compiled;
    if (mode === 'none' || !lacksAddressOnly(compiled)) throw refusalOf(compiled, filtered);
    this.world.learner.learn({ link, mac, mode }, () => void this.learned(link));
    return learningFilter(mac, mode, variables['DHCPSERVER'] ?? []);
  }

  private async learned(link: string): Promise<void> {
    const filtered = this.worn.get(link);
    if (filtered) await this.again(filtered, 'its address is another');
  }

  private async redefined(names: ReadonlySet<string>): Promise<void> {
    const definitions = this.world.source.definitions();
    if (!definitions) return;
    const concerned = [...this.worn.values()].filter(({ ref }) => [...closureOf(ref.filter, definitions)].some((name) => names.has(name)));
    for (const filtered of concerned) await this.again(filtered, 'a filter has changed');
  }

  /** What was taken off meanwhile stays off. */
  private async again(filtered: FilteredLink, why: string): Promise<void> {
    const { link } = filtered;
    try {
      const rules = await this.rulesOf(filtered);
      if (this.worn.get(link) === filtered) await this.world.tables.apply(link, rules);
      else if (!this.worn.has(link)) await this.world.learner.forget(link);
    } catch (error) {
      this.world.log.error(`the packet filter of ${filtered.link} stays as it was, although ${why}`, error);
    }
  }
}

const lacksAddressOnly = ({ missing }: FilterRefusal): boolean => missing?.every((name) => name === 'IP') === true;
