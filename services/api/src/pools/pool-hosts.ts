import * as contracts from '@virtbus/contracts';
import {
  Refusal,
  type HostPool,
  type PoolBuild,
  type PoolRecord,
  type RequestContract,
  type PayloadOf,
  type ReplyOf,
} from '@virtbus/contracts';
import type { Bus, View } from '@virtbus/messaging';

/** Hosts, as far as pools need them. */
export interface PoolHosts {
  /** Every pool that is defined, as last heard of. */
  pools(): readonly PoolRecord[];
  build(pool: PoolRecord, build: PoolBuild, permissions: Permissions): Promise<void>;
  remove(pool: PoolRecord): Promise<void>;
  /** @returns what was looked at, and by whom */
  look(pool: PoolRecord): Promise<Looked>;
  /** Asks the host that answers for a pool. @throws Refusal no_host, host_unreachable, and what the host refuses */
  ask<C extends RequestContract>(pool: PoolRecord, contract: C, payload: PayloadOf<C>, timeoutMs?: number): Promise<Answered<ReplyOf<C>>>;
}

export type Looked = Required<Pick<contracts.PoolLooked, 'hostId' | 'revision'>>;

export interface Permissions {
  readonly mode?: number;
  readonly owner?: number;
  readonly group?: number;
}

export interface Answered<R> {
  readonly hostId: string;
  readonly reply: R;
}

/** A host that has not beaten for this long is asked nothing. */
const SILENT_AFTER_MS = 15_000;
/** Copying and wiping an image takes its time. */
const PATIENCE_MS = 30 * 60_000;

export interface PoolViews {
  readonly pools: View<PoolRecord, { readonly uuid: string }>;
  readonly hosts: View<contracts.HostFacts, { readonly hostId: string }>;
  readonly hostPools: View<contracts.HostPoolRecord, { readonly hostId: string; readonly uuid: string }>;
}

/** Hosts that report, in the order of their ids. */
export const reporting = ({ hosts }: Pick<PoolViews, 'hosts'>, now: number): string[] =>
  hosts
    .entries()
    .filter(({ value, writtenAt }) => value.leftAt === undefined && now - writtenAt.getTime() < SILENT_AFTER_MS)
    .map(({ key }) => key.hostId)
    .toSorted((a, b) => (a < b ? -1 : 1));

/**
 * The host that answers for a pool: the one that its definition names, else of those that report the first that has its directory, else
 * the first. Undefined when there is none.
 */
export function answeringHost(pool: PoolRecord, views: Pick<PoolViews, 'hosts' | 'hostPools'>, now: number): string | undefined {
  if (pool.hostId !== undefined) return pool.hostId;
  const alive = reporting(views, now);
  return alive.find((hostId) => views.hostPools.get({ hostId, uuid: pool.uuid }) !== undefined) ?? alive[0];
}

export const hostPoolOf = ({ uuid, path }: PoolRecord): HostPool => ({ uuid, path });

export class BusPoolHosts implements PoolHosts {
  constructor(
    private readonly bus: Bus,
    private readonly views: PoolViews,
  ) {}

  pools(): readonly PoolRecord[] {
    return this.views.pools.entries().map((entry) => entry.value);
  }

  async build(pool: PoolRecord, build: PoolBuild, permissions: Permissions): Promise<void> {
    await this.ask(pool, contracts.buildHostPool, { ...hostPoolOf(pool), build, ...permissions });
  }

  async remove(pool: PoolRecord): Promise<void> {
    await this.ask(pool, contracts.removeHostPool, hostPoolOf(pool));
  }

  async look(pool: PoolRecord): Promise<Looked> {
    const { hostId, reply } = await this.ask(pool, contracts.lookAtHostPool, hostPoolOf(pool));
    return { hostId, revision: reply.revision };
  }

  async ask<C extends RequestContract>(
    pool: PoolRecord,
    contract: C,
    payload: PayloadOf<C>,
    timeoutMs = PATIENCE_MS,
  ): Promise<Answered<ReplyOf<C>>> {
    const hostId = answeringHost(pool, this.views, Date.now());
    if (hostId === undefined)
      throw new Refusal('no_host', `no host of the fleet reports, so none has the directory of pool '${pool.name}'`);
    const asked: RequestContract = contract;
    const reply = await this.bus.request(asked, payload, { tokens: { hostId }, timeoutMs });
    return { hostId, reply: reply as ReplyOf<C> };
  }
}
