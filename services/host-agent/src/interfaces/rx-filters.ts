import { setTimeout as sleep } from 'node:timers/promises';
import { defined, Refusal, type CardFilter, type RxFilter } from '@virtbus/contracts';
import { LibvirtError } from '@virtbus/libvirt-xml';
import { CommandTimeout, MonitorClosed, QmpError, type Monitor } from '@virtbus/qmp';
import type { Guest } from '../devices/guest.js';
import { guestMacOf, isTrusted } from '../core/guest-mac.js';
import { parseRxFilter } from '../core/rx-filter.js';
import { LinkError } from '../links/link-error.js';
import { untilHeard } from '../until-heard.js';
import { recordOf, type Connection } from './connection.js';
import { connectionsOf } from './connections-of.js';
import type { Interfaces } from './interfaces.js';
import { connectionOnRecord, withInterface } from './on-record.js';

/** netd is told again of a changed address after this. Milliseconds. */
const AGAIN_MS = 2_000;

/**
 * What guests let through their network cards. QEMU tells of one change of a card and then no more before it is asked what there is, so a
 * guest that is not trusted is never asked: it could keep the host busy. Of those that come while one is worked on, the last counts.
 */
export class RxFilters {
  private readonly working = new Set<string>();
  private readonly again = new Set<string>();

  constructor(private readonly guest: Guest) {
    guest.monitor.on('NIC_RX_FILTER_CHANGED', ({ data }) => {
      if (data.name === undefined) guest.world.log.warn(`domain '${guest.entry.name}': a filter of no card has changed`);
      else void this.changed(data.name);
    });
  }

  /** After a restart of the agent, which may have missed what QEMU said: it says no more before it is asked. */
  catchUp(): void {
    const { world, entry } = this.guest;
    const trusted = connectionsOf(entry, world.pathsOf(entry.uuid).directory).filter(isFollowed);
    for (const { alias } of trusted) void this.changed(alias);
  }

  private async changed(alias: string): Promise<void> {
    if (this.working.has(alias)) return void this.again.add(alias);
    this.working.add(alias);
    try {
      do {
        this.again.delete(alias);
        await this.guest.inOrder(() => this.follow(alias)).catch((error: unknown) => this.complain(alias, error));
      } while (this.again.has(alias));
    } finally {
      this.working.delete(alias);
    }
  }

  private complain(alias: string, error: unknown): void {
    if (!isUsual(error)) throw error;
    this.guest.world.log.warn(`domain '${this.guest.entry.name}': the filter of ${alias} is not followed: ${error.message}`);
    if (isAway(error)) void sleep(AGAIN_MS, undefined, { ref: false }).then(() => this.changed(alias));
  }

  /**
   * What a card lets through now; undefined for a guest that is not trusted, which is not asked.
   * @throws Refusal no_device; QmpError, CommandTimeout, MonitorClosed; LibvirtError for an answer that makes no sense
   */
  async of(name: string): Promise<CardFilter> {
    const { world, entry, monitor } = this.guest;
    const found = entry.interfaces.find((each) => [each.alias, each.target, each.mac].includes(name.toLowerCase()));
    const connection = found && connectionOnRecord(entry, found.alias, world.pathsOf(entry.uuid).directory);
    if (!connection) throw new Refusal('no_device', `device not found: no interface ${name} in domain '${entry.name}'`);
    const { alias, mac, target } = connection;
    const trusted = isTrusted(connection);
    return { alias, mac, trusted, ...defined({ target }), ...(trusted ? { filter: await ask(monitor, alias) } : {}) };
  }

  private async follow(alias: string): Promise<void> {
    const { guest } = this;
    const { world, entry, monitor } = guest;
    const connection = connectionOnRecord(entry, alias, world.pathsOf(entry.uuid).directory);
    if (!connection) return;
    const trusted = isTrusted(connection);
    if (!trusted) return this.tell(alias, undefined);
    const filter = await ask(monitor, alias);
    await tellNetd(guest, connection, filter.mac);
    const followed = await world.interfaces.follow(connection, filter, { active: entry.state === 'running' });
    if (followed) await guest.record((before) => withInterface(before, followed.net, recordOf(followed)));
    await this.tell(alias, filter);
  }

  private tell(alias: string, filter: RxFilter | undefined): Promise<void> {
    const { world, entry } = this.guest;
    const { uuid, name } = entry;
    const happening = {
      uuid,
      name,
      alias,
      at: world.now(),
      hostId: world.hostId,
      trusted: filter !== undefined,
      ...(filter ? { filter } : {}),
    };
    return untilHeard(world, () => world.reports.rxFilterChanged(happening));
  }
}

/**
 * Before the guest runs for the first time: the host's ends of trusted interfaces let through what its cards do.
 * @throws QmpError, CommandTimeout, MonitorClosed; LibvirtError for an answer that makes no sense; LinkError
 */
export async function followAtStart(monitor: Monitor, connections: readonly Connection[], interfaces: Interfaces): Promise<void> {
  for (const connection of connections.filter(isFollowed)) {
    await interfaces.follow(connection, await ask(monitor, connection.alias), { active: false });
  }
}

const ask = async (monitor: Monitor, alias: string): Promise<RxFilter> =>
  parseRxFilter(await monitor.execute('query-rx-filter', { name: alias }));

/** Before the host follows: netd refuses an address that another has on the network. @throws Refusal */
async function tellNetd({ world, entry }: Guest, connection: Connection, guestMac: string): Promise<void> {
  if (!connection.port || guestMac === guestMacOf(connection)) return;
  const { networkUuid, mac } = connection.port;
  await world.ports.follow({ domain: entry.uuid, epoch: entry.epoch, networkUuid, mac, guestMac });
}

/** Only virtio cards in front of a link of this host's can be asked. */
const isFollowed = (connection: Connection): boolean =>
  isTrusted(connection) && hasLink.has(connection.kind) && connection.net.model?.type?.startsWith('virtio') === true;

const hasLink: ReadonlySet<string> = new Set(['bridge', 'direct', 'ethernet']);

const isAway = (error: Error): boolean => error instanceof Refusal && error.code === 'service_unreachable';

/** The domain is never harmed for it. */
const isUsual = (error: unknown): error is Error =>
  error instanceof Refusal ||
  error instanceof QmpError ||
  error instanceof CommandTimeout ||
  error instanceof MonitorClosed ||
  error instanceof LibvirtError ||
  error instanceof LinkError;
