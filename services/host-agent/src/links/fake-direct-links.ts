import type { MacvtapPlan } from '../core/link-plan.js';
import type { FilterStep, HostFilter } from '../core/macvtap-filter.js';
import { tapMac } from '../core/tap-device.js';
import type { DirectLinks, HostSide, LooseTapPlan } from './direct-links.js';
import type { FakeHost, FakeMacvtap } from './fake-host.js';
import { LinkError } from './link-error.js';
import type { PluggedTap } from './links.js';

type Placed = Pick<MacvtapPlan, 'name' | 'parent' | 'mode'>;

/** Links on no bridge, in memory. */
export class FakeDirectLinks implements DirectLinks {
  readonly ran: string[] = [];
  /** Scripts that may be run; one whose path holds `fail` ends badly. */
  readonly scripts = new Set<string>();

  constructor(private readonly host: FakeHost) {}

  macOf(link: string): string {
    return this.uplink(link).mac;
  }

  async plugMacvtap(plan: MacvtapPlan): Promise<PluggedTap> {
    const parent = this.uplink(plan.parent);
    if (this.host.taps.has(plan.name) || this.host.macvtaps.has(plan.name))
      throw new LinkError('tap_exists', `a link named ${plan.name} exists`);
    const others = [...this.host.macvtaps.values()].filter((one) => one.parent === plan.parent);
    if (plan.mode === 'passthrough' ? others.length > 0 : others.some(({ mode }) => mode === 'passthrough'))
      throw new LinkError('link_busy', `${plan.parent} has another macvtap`);
    const filter = { mac: plan.mac, groups: [], promiscuous: false, allMulticast: false, multicast: true };
    this.host.macvtaps.set(plan.name, { ...plan, up: false, parentMac: parent.mac, filter });
    if (plan.mode === 'passthrough') this.host.uplinks.set(plan.parent, { ...parent, mac: plan.mac });
    return { name: plan.name, fds: this.descriptors(plan.queues) };
  }

  setMacvtap({ name, parent, mode }: Placed, up: boolean): void {
    const macvtap = this.macvtap(name);
    const below = this.uplink(parent);
    this.host.macvtaps.set(name, { ...macvtap, up });
    if (up || mode === 'passthrough') this.host.uplinks.set(parent, { ...below, up });
  }

  async unplugMacvtap({ name, parent, mode }: Placed, parentMac: string | undefined): Promise<void> {
    const macvtap = this.host.macvtaps.get(name);
    if (macvtap?.parent !== parent) return;
    this.host.macvtaps.delete(name);
    const below = this.host.uplinks.get(parent);
    if (mode === 'passthrough' && below) this.host.uplinks.set(parent, { ...below, mac: parentMac ?? macvtap.parentMac });
  }

  mendMacvtap(plan: Placed, up: boolean): readonly string[] {
    const macvtap = this.host.macvtaps.get(plan.name);
    if (!macvtap) return [`macvtap ${plan.name} is gone`];
    if (!up || (macvtap.up && this.uplink(plan.parent).up)) return [];
    this.setMacvtap(plan, true);
    return [`${plan.name} was down, and is up again`];
  }

  filterOf(name: string): HostFilter {
    return this.macvtap(name).filter;
  }

  changeFilter(name: string, steps: readonly FilterStep[]): readonly string[] {
    const macvtap = this.macvtap(name);
    const filter = steps.reduce(taken, macvtap.filter);
    this.host.macvtaps.set(name, { ...macvtap, filter });
    if (macvtap.mode === 'passthrough') this.host.uplinks.set(macvtap.parent, { ...this.uplink(macvtap.parent), mac: filter.mac });
    return [];
  }

  async plugLooseTap({ name, mac, mtu, queues }: LooseTapPlan): Promise<PluggedTap> {
    if (this.host.taps.has(name) || this.host.uplinks.has(name)) throw new LinkError('tap_exists', `a link named ${name} exists`);
    this.host.taps.set(name, { name, mac: tapMac(mac), mtu: mtu ?? 1500, isolated: false, forwarding: new Set() });
    return { name, fds: this.descriptors(queues) };
  }

  openGivenLink({ name, queues }: Pick<LooseTapPlan, 'name' | 'queues'>): PluggedTap {
    if (!this.host.taps.has(name)) throw new LinkError('tap_missing', `there is no tap ${name}`);
    return { name, fds: this.descriptors(queues) };
  }

  addHostSide(name: string, side: HostSide): void {
    if (!this.host.taps.has(name)) throw new LinkError('link_missing', `there is no network device ${name}`);
    this.host.hostSides.set(name, side);
  }

  allowsScript(path: string): boolean {
    return this.scripts.has(path);
  }

  async runScript(path: string, name: string): Promise<void> {
    this.ran.push(`${path} ${name}`);
    if (path.includes('fail')) throw new LinkError('script_failed', `${path} ${name} ended with 1`);
  }

  private macvtap(name: string): FakeMacvtap {
    const macvtap = this.host.macvtaps.get(name);
    if (!macvtap) throw new LinkError('link_missing', `there is no network device ${name}`);
    return macvtap;
  }

  private uplink(name: string): { readonly mac: string; readonly up: boolean } {
    const found = this.host.uplinks.get(name);
    if (!found) throw new LinkError('link_missing', `there is no network device ${name}`);
    return found;
  }

  private descriptors(queues = 1): number[] {
    return Array.from({ length: queues }, () => this.host.nextNumber++);
  }
}

function taken(filter: HostFilter, step: FilterStep): HostFilter {
  switch (step.do) {
    case 'mac':
      return { ...filter, mac: step.mac };
    case 'join':
      return { ...filter, groups: [...filter.groups, step.group] };
    case 'leave':
      return { ...filter, groups: filter.groups.filter((group) => group !== step.group) };
    case 'flags':
      return { ...filter, ...step.to };
  }
}
