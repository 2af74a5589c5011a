import { Refusal } from '@virtbus/contracts';
import type { NetDef } from '@virtbus/libvirt-xml';
import type { FilterRef } from '../core/nwfilter/filter-variables.js';
import type { Connection } from '../interfaces/connection.js';
import type { Dressing } from '../interfaces/dressing.js';
import type { FilteredLink, LinkFilters } from './link-filters.js';

const filteredKinds: readonly string[] = ['bridge', 'ethernet'];

/** Links that have a filter by hand. */
export interface Bound {
  /** @throws Refusal operation_failed when the link has one; `act` is done while it is given none */
  unlessBound<T>(link: string, act: () => Promise<T>): Promise<T>;
}

/** Packet filters of interfaces. The rules are there before the guest is, or it is not started. */
export class FilterDressing implements Dressing {
  readonly part = 'filterref';
  readonly volatile = false;

  constructor(
    private readonly filters: LinkFilters,
    private readonly bindings: Bound,
  ) {}

  wanted({ net }: Connection): boolean {
    return refOf(net) !== undefined;
  }

  async apply(connection: Connection): Promise<void> {
    const filtered = filteredOf(connection);
    await this.bindings.unlessBound(filtered.link, () => this.filters.apply(filtered));
  }

  async update(from: Connection, to: Connection): Promise<void> {
    if (this.wanted(to)) return this.apply(to);
    await this.remove(from);
  }

  /** What somebody has put there by hand stays: then nothing of the interface's is there. */
  async remove({ target, port }: Connection): Promise<void> {
    if (target !== undefined && this.filters.holderOf(target) !== 'binding') await this.filters.remove(target, port);
  }

  async reconcile(connection: Connection): Promise<readonly string[]> {
    const filtered = filteredOf(connection);
    const isOtherwise = await this.filters.reconcile(filtered);
    return isOtherwise ? [`the packet filter of ${filtered.link} was not as it should be`] : [];
  }
}

const refOf = (net: NetDef): FilterRef | undefined => ('filterref' in net ? net.filterref : undefined);

/** @throws Refusal config_unsupported for a connection that has no frames to look at */
function filteredOf({ kind, target, net, port, mac }: Connection): FilteredLink {
  const ref = refOf(net);
  const isOdd = port?.actual.virtualPort?.type !== undefined || !filteredKinds.includes(kind);
  if (isOdd || target === undefined || !ref)
    throw new Refusal(
      'config_unsupported',
      `unsupported configuration: filterref is not supported for network interfaces of type ${kind}`,
      {
        path: `/domain/devices/interface[mac/@address='${mac}']/filterref`,
        domain: 33,
      },
    );
  return { link: target, mac, ref, ...(port ? { port } : {}), of: 'interface' };
}
