import { bindingRecords, makeHostBinding, removeHostBinding, tokenFromName, type MakeHostBinding } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { FleetViews } from '../fleet.views.js';
import { until } from '../until-seen.js';
import type { BindingHosts } from './binding.runner.js';

/** nftables may be busy with many guests. */
const PATIENCE_MS = 10_000;

/** Hosts, as far as filters that are put on links by hand need them. */
export class BusBindingHosts implements BindingHosts {
  constructor(
    private readonly bus: Bus,
    private readonly views: Pick<FleetViews, 'hosts' | 'states' | 'bindings'>,
  ) {}

  isHost(hostId: string): boolean {
    return this.views.hosts.get({ hostId }) !== undefined;
  }

  present(): readonly string[] {
    const here = this.views.hosts.entries().filter(({ value }) => value.leftAt === undefined);
    return here.map(({ key }) => key.hostId).toSorted((a, b) => (a < b ? -1 : 1));
  }

  hostOf(domain: string): string | undefined {
    const state = this.views.states.get({ uuid: domain })?.value;
    return state && state.state !== 'shutoff' ? state.hostId : undefined;
  }

  async make(hostId: string, order: MakeHostBinding): Promise<void> {
    const { revision } = await this.bus.request(makeHostBinding, order, { tokens: { hostId }, timeoutMs: PATIENCE_MS });
    const key = { hostId, link: tokenFromName(order.portDev) };
    await until(this.views.bindings, () => (this.views.bindings.get(key)?.revision ?? 0) >= revision);
  }

  async remove(hostId: string, portDev: string): Promise<void> {
    await this.bus.request(removeHostBinding, { portDev }, { tokens: { hostId }, timeoutMs: PATIENCE_MS });
    await this.fresh(portDev, [hostId]);
  }

  /** Asks the bucket's leader what it holds now of a link, and waits until the watch has it, too. */
  async fresh(portDev: string, hosts?: readonly string[]): Promise<void> {
    const { bindings } = this.views;
    const link = tokenFromName(portDev);
    const all = hosts ?? this.views.hosts.entries().map(({ key }) => key.hostId);
    const reached = async (hostId: string): Promise<void> => {
      const key = { hostId, link };
      const revision = (await this.bus.bucket(bindingRecords).get(key))?.revision;
      await until(bindings, () => {
        const held = bindings.get(key)?.revision;
        return revision === undefined ? held === undefined : held !== undefined && held >= revision;
      });
    };
    await Promise.all(all.map(reached));
  }
}
