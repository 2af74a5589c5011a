import { LibvirtError } from '@virtbus/libvirt-xml';
import { CommandTimeout, MonitorClosed, QmpError, type Monitor } from '@virtbus/qmp';
import type { RxFilter } from '@virtbus/contracts';
import type { Guest } from '../devices/guest.js';
import { isTrusted } from '../core/guest-mac.js';
import { parseRxFilter } from '../core/rx-filter.js';
import { LinkError } from '../links/link-error.js';
import { untilHeard } from '../until-heard.js';
import { recordOf, type Connection } from './connection.js';
import { connectionsOf } from './connections-of.js';
import type { Interfaces } from './interfaces.js';
import { connectionOnRecord, withInterface } from './on-record.js';

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
        await this.guest.inOrder(() => this.follow(alias));
      } while (this.again.has(alias));
    } catch (error) {
      if (!isUsual(error)) throw error;
      this.guest.world.log.warn(`domain '${this.guest.entry.name}': the filter of ${alias} is not followed: ${error.message}`);
    } finally {
      this.working.delete(alias);
    }
  }

  private async follow(alias: string): Promise<void> {
    const { guest } = this;
    const { world, entry, monitor } = guest;
    const connection = connectionOnRecord(entry, alias, world.pathsOf(entry.uuid).directory);
    if (!connection) return;
    const trusted = isTrusted(connection);
    if (!trusted) return this.tell(alias, undefined);
    const filter = await ask(monitor, alias);
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

/** Only virtio cards in front of a link of this host's can be asked. */
const isFollowed = (connection: Connection): boolean =>
  isTrusted(connection) && hasLink.has(connection.kind) && connection.net.model?.type?.startsWith('virtio') === true;

const hasLink: ReadonlySet<string> = new Set(['bridge', 'direct', 'ethernet']);

/** The domain is never harmed for it. */
const isUsual = (error: unknown): error is Error =>
  error instanceof QmpError ||
  error instanceof CommandTimeout ||
  error instanceof MonitorClosed ||
  error instanceof LibvirtError ||
  error instanceof LinkError;
