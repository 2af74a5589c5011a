import { Refusal, type ErrorCode, type PortAddress } from '@virtbus/contracts';
import type { NetDef } from '@virtbus/libvirt-xml';
import { compileFilter, type PortFilter } from '../core/nwfilter/compile-filter.js';
import { FORMER_MS, GrantedAddresses } from '../core/nwfilter/granted-addresses.js';
import type { FilterRefusal } from '../core/nwfilter/filter-rule.js';
import { modeOf, variablesOf, type AddressMode } from '../core/nwfilter/filter-variables.js';
import { learningFilter } from '../core/nwfilter/learning-filter.js';
import { closureOf } from '../core/nwfilter/place-rules.js';
import type { Connection } from '../interfaces/connection.js';
import type { Dressing } from '../interfaces/dressing.js';
import type { HostLog } from '../ports.js';
import type { AddressLearner } from './address-learner.js';
import type { FilterSource } from './filter-source.js';
import type { FilterTables } from './filter-tables.js';

export interface FilterWorld {
  readonly tables: Pick<FilterTables, 'apply' | 'remove' | 'differs'>;
  readonly source: FilterSource;
  readonly learner: AddressLearner;
  readonly log: HostLog;
}

const filteredKinds: readonly string[] = ['bridge', 'ethernet'];

interface AddressedPort {
  readonly mac: string;
  readonly addresses?: readonly PortAddress[];
}

/** A connection with a filter, and its link. */
type Filtered = Connection & { readonly target: string };

/**
 * Packet filters of interfaces. The rules are there before the guest is, or it is not started. They follow the definitions of filters
 * and the address that is learned, each time in one transaction; what cannot be applied then leaves the old rules in place.
 */
export class FilterDressing implements Dressing {
  readonly part = 'filterref';
  readonly volatile = false;
  private readonly worn = new Map<string, Filtered>();
  private readonly granted = new GrantedAddresses();
  /** By network, as last heard of. */
  private readonly ports = new Map<string, readonly AddressedPort[]>();

  constructor(private readonly world: FilterWorld) {
    world.source.onChange((names) => void this.redefined(names));
  }

  close(): void {
    this.world.learner.close();
  }

  wanted({ net }: Connection): boolean {
    return refOf(net) !== undefined;
  }

  async apply(connection: Connection): Promise<void> {
    const filtered = this.checked(connection);
    await this.lay(filtered);
    this.worn.set(filtered.target, filtered);
  }

  async update(from: Connection, to: Connection): Promise<void> {
    if (this.wanted(to)) return this.apply(to);
    await this.remove(from);
  }

  async remove({ target, port }: Connection): Promise<void> {
    if (port) this.granted.forget(port);
    if (target === undefined) return;
    this.worn.delete(target);
    await this.world.learner.forget(target);
    await this.world.tables.remove(target);
  }

  /** While nobody has told the definitions, the rules that the kernel has go on; they are looked at once somebody has. */
  async reconcile(connection: Connection): Promise<readonly string[]> {
    const filtered = this.checked(connection);
    this.worn.set(filtered.target, filtered);
    if (!this.world.source.definitions()) return [];
    const wanted = await this.rulesOf(filtered);
    const isOtherwise = await this.world.tables.differs(filtered.target, wanted);
    await this.lay(filtered);
    return isOtherwise ? [`the packet filter of ${filtered.target} was not as it should be`] : [];
  }

  /** netd may give a guest that runs another address: the rules let it say that one too. */
  addressed(networkUuid: string, ports: readonly AddressedPort[]): void {
    this.ports.set(networkUuid, ports);
    for (const filtered of this.worn.values()) {
      if (filtered.port?.networkUuid === networkUuid && this.hear(filtered)) void this.again(filtered, 'its address has changed');
    }
  }

  /** Whether its port has other addresses than were known. */
  private hear({ port, mac, target }: Filtered): boolean {
    const said = port && this.ports.get(port.networkUuid)?.find((each) => each.mac === mac);
    if (!port || !said || !this.granted.hear(port, said.addresses ?? [], Date.now())) return false;
    setTimeout(() => void this.learned(target), FORMER_MS).unref();
    return true;
  }

  private checked(connection: Connection): Filtered {
    const { kind, target, net, port } = connection;
    const isOdd = port?.actual.virtualPort?.type !== undefined || !filteredKinds.includes(kind) || target === undefined;
    if (isOdd)
      throw refusal(
        'config_unsupported',
        `unsupported configuration: filterref is not supported for network interfaces of type ${kind}`,
        net,
      );
    return { ...connection, target };
  }

  private async lay(filtered: Filtered): Promise<void> {
    await this.world.tables.apply(filtered.target, await this.rulesOf(filtered));
  }

  /** The filter, or as much of it as is possible without the guest's address, which is learned meanwhile. */
  private async rulesOf(filtered: Filtered): Promise<PortFilter> {
    const { net, mac, target } = filtered;
    this.hear(filtered);
    const port = filtered.port && this.granted.allowed(filtered.port, Date.now());
    const { ref, mode } = wishOf(net);
    const definitions = this.world.source.definitions();
    if (!definitions) throw refusal('service_unreachable', 'the filters of the fleet are not known to this host yet', net);
    const learned = mode === 'none' ? [] : await this.world.learner.addresses(target, mac);
    const variables = variablesOf(ref, { mac, learned, ...(port ? { port } : {}) });
    const compiled = compileFilter({ filter: ref.filter, definitions, variables });
    if (compiled.type === 'filter') return compiled;
    if (mode === 'none' || !lacksAddressOnly(compiled)) throw refusalOf(compiled, net);
    this.world.learner.learn({ link: target, mac, mode }, () => void this.learned(target));
    return learningFilter(mac, mode, variables['DHCPSERVER'] ?? []);
  }

  private async learned(link: string): Promise<void> {
    const filtered = this.worn.get(link);
    if (filtered) await this.again(filtered, 'its address is another');
  }

  private async redefined(names: ReadonlySet<string>): Promise<void> {
    const definitions = this.world.source.definitions();
    if (!definitions) return;
    const concerned = [...this.worn.values()].filter(({ net }) => {
      const filter = refOf(net)?.filter;
      return filter !== undefined && [...closureOf(filter, definitions)].some((name) => names.has(name));
    });
    for (const filtered of concerned) await this.again(filtered, 'a filter has changed');
  }

  private async again(filtered: Filtered, why: string): Promise<void> {
    try {
      await this.lay(filtered);
    } catch (error) {
      this.world.log.error(`the packet filter of ${filtered.target} stays as it was, although ${why}`, error);
    }
  }
}

const refOf = (net: NetDef) => ('filterref' in net ? net.filterref : undefined);

const lacksAddressOnly = ({ missing }: FilterRefusal): boolean => missing?.every((name) => name === 'IP') === true;

/** @throws Refusal operation_failed for a way to learn that there is not */
function wishOf(net: NetDef): { readonly ref: NonNullable<ReturnType<typeof refOf>>; readonly mode: AddressMode } {
  const ref = refOf(net);
  const mode = ref && modeOf(ref);
  if (!ref || !mode) throw refusal('operation_failed', `internal error: filter '${ref?.filter ?? ''}' learning value invalid`, net, 1);
  return { ref, mode };
}

function refusal(code: ErrorCode, words: string, net: NetDef, libvirt?: number): Refusal {
  const path = `/domain/devices/interface[mac/@address='${net.mac?.address ?? ''}']/filterref`;
  return new Refusal(code, words, { path, ...(libvirt === undefined ? {} : { libvirt }), domain: 33 });
}

function refusalOf({ kind, words }: FilterRefusal, net: NetDef): Refusal {
  if (kind === 'filter_missing') return refusal('no_nwfilter', `Network filter not found: ${words}`, net);
  if (kind === 'unsupported') return refusal('config_unsupported', `unsupported configuration: ${words}`, net);
  return refusal('operation_failed', `internal error: ${words}`, net, 1);
}
