import type { HostDevices } from '@virtbus/contracts';
import { networkOf, type LinkStatistics } from '@virtbus/netlink';
import type { BridgePlan, DhcpLease, DnsmasqPlan, FirewallPlan, TapPlan } from '../core/link-plan.js';
import { nftRules } from '../core/nft-rules.js';
import type { OverlayPlan } from '../core/overlay-plan.js';
import { tapMac } from '../core/tap-device.js';
import { allocateTapName, reserveTapName, tapPrefixes, type TapNameRequest } from '../core/tap-names.js';
import { FakeDirectLinks } from './fake-direct-links.js';
import { FakeFunctions } from './fake-functions.js';
import { FakeHost, noTraffic, type FakeTap } from './fake-host.js';
import { FakePassts } from './fake-passts.js';
import { LinkError } from './link-error.js';
import type { EnsureAnswer, Links, ObservedTap, PluggedTap, TapPlace, TapWish } from './links.js';

export { FakeHost };

/** The kernel's limit for a tap. */
const MOST_RX_FRAMES = 64;

/** Links in memory, for tests of what uses them; the conformance suite holds it to what `HostLinks` does. */
export class FakeLinks implements Links {
  /** What the next call of a method fails with, once. */
  readonly failures = new Map<keyof Links, LinkError>();
  readonly direct: FakeDirectLinks;
  readonly functions = new FakeFunctions();
  readonly passt = new FakePassts();
  private readonly held = new Set<string>();

  constructor(readonly host: FakeHost = new FakeHost()) {
    this.direct = new FakeDirectLinks(host);
  }

  async reserveTapNames(names: readonly string[]): Promise<void> {
    this.failIfAsked('reserveTapNames');
    for (const name of names) {
      this.held.add(name);
      for (const prefix of tapPrefixes) this.host.counters = reserveTapName(this.host.counters, prefix, name);
    }
  }

  async holdName(request: TapNameRequest): Promise<string> {
    this.failIfAsked('holdName');
    const name = this.nameFor(request);
    if (!name.includes('%')) this.held.add(name);
    return name;
  }

  giveUpName(name: string): void {
    this.held.delete(name);
  }

  devices(): HostDevices {
    return { links: [...this.host.uplinks.keys()], physicalFunctions: [] };
  }

  watchDevices(): { close(): void } {
    return { close: () => undefined };
  }

  watchTaps(): { close(): void } {
    return { close: () => undefined };
  }

  async plugTap(plan: TapPlan): Promise<PluggedTap> {
    this.failIfAsked('plugTap');
    const bridge = this.bridge(plan.bridge);
    const name = this.nameOf(plan);
    this.host.taps.set(name, {
      name,
      mac: tapMac(plan.mac),
      mtu: plan.mtu ?? bridge.mtu ?? 1500,
      bridge: bridge.name,
      isolated: plan.isolated ?? false,
      forwarding: new Set(),
      ...(plan.macTableManager && { macTableManager: plan.macTableManager }),
    });
    return { name, fds: Array.from({ length: plan.queues ?? 1 }, () => this.host.nextNumber++) };
  }

  async closeTap(tap: PluggedTap): Promise<void> {
    this.failIfAsked('closeTap');
    if (!this.host.held.has(tap.name)) this.host.taps.delete(tap.name);
  }

  async unplug(name: string, guestMac: string): Promise<void> {
    this.failIfAsked('unplug');
    if (this.host.taps.get(name)?.mac === tapMac(guestMac)) this.host.taps.delete(name);
  }

  observeTap(name: string): ObservedTap | undefined {
    const tap = this.host.taps.get(name);
    return tap && { name, mac: tap.mac, mtu: tap.mtu, up: true, ...(tap.bridge !== undefined && { bridge: tap.bridge }) };
  }

  statistics(name: string): LinkStatistics | undefined {
    return this.host.taps.has(name) || this.host.bridges.has(name) ? noTraffic : undefined;
  }

  setRxFrames(name: string, frames: number): void {
    this.host.taps.set(name, { ...this.tap(name), rxFrames: Math.min(frames, MOST_RX_FRAMES) });
  }

  rxFrames(name: string): number | undefined {
    const tap = this.host.taps.get(name);
    return tap && (tap.rxFrames ?? 0);
  }

  moveTap(name: string, to: TapPlace): void {
    this.failIfAsked('moveTap');
    const tap = this.tap(name);
    const bridge = this.bridge(to.bridge);
    const isMoved = tap.bridge !== bridge.name;
    this.host.taps.set(name, {
      ...tap,
      bridge: bridge.name,
      isolated: to.isolated ?? false,
      ...(isMoved && { mtu: to.mtu ?? bridge.mtu ?? 1500, forwarding: new Set() }),
      ...(to.macTableManager && { macTableManager: to.macTableManager }),
    });
  }

  mendTap(name: string, { mac, forwarded, ...place }: TapWish): readonly string[] {
    this.failIfAsked('mendTap');
    const tap = this.host.taps.get(name);
    if (!tap) return [`tap ${name} is gone`];
    const said: string[] = [];
    if (tap.bridge !== place.bridge || tap.isolated !== (place.isolated ?? false)) {
      this.moveTap(name, place);
      said.push(`${name} was not on ${place.bridge} as it should be, and is again`);
    }
    if (place.macTableManager === 'libvirt' && this.host.taps.get(name)?.forwarding.has(mac.toLowerCase()) !== forwarded) {
      if (forwarded) this.startForwarding(name, mac);
      else this.stopForwarding(name, mac);
      said.push(`the forwarding entry of ${name} for ${mac} was ${forwarded ? 'gone, and is there again' : 'there, and is gone'}`);
    }
    return said;
  }

  startForwarding(name: string, mac: string): void {
    this.failIfAsked('startForwarding');
    const tap = this.tap(name);
    this.host.taps.set(name, { ...tap, forwarding: new Set([...tap.forwarding, mac.toLowerCase()]) });
  }

  stopForwarding(name: string, mac: string): boolean {
    this.failIfAsked('stopForwarding');
    const tap = this.host.taps.get(name);
    const entry = mac.toLowerCase();
    if (!tap?.forwarding.has(entry)) return false;
    this.host.taps.set(name, { ...tap, forwarding: new Set([...tap.forwarding].filter((one) => one !== entry)) });
    return true;
  }

  async ensureBridge(plan: BridgePlan): Promise<EnsureAnswer> {
    this.failIfAsked('ensureBridge');
    const present = this.ownBridge(plan);
    if (!present) this.refuseCollision(plan);
    this.host.bridges.set(plan.name, plan);
    return { changed: JSON.stringify(present) !== JSON.stringify(plan), warnings: [] };
  }

  async removeBridge(bridge: Pick<BridgePlan, 'name' | 'mac'>): Promise<void> {
    this.failIfAsked('removeBridge');
    if (!this.ownBridge(bridge)) return;
    this.host.bridges.delete(bridge.name);
    for (const { bridge: master, ...tap } of this.host.taps.values()) if (master === bridge.name) this.host.taps.set(tap.name, tap);
  }

  ensureVlanFiltering(bridge: string): EnsureAnswer {
    this.failIfAsked('ensureVlanFiltering');
    const plan = this.bridge(bridge);
    this.host.bridges.set(bridge, { ...plan, vlanFiltering: true });
    return { changed: !plan.vlanFiltering, warnings: [] };
  }

  defaultAddress(): string | undefined {
    return '192.0.2.1';
  }

  async ensureOverlay(plan: OverlayPlan): Promise<EnsureAnswer> {
    this.failIfAsked('ensureOverlay');
    this.bridge(plan.bridge);
    this.host.overlays.set(plan.vni, plan);
    return { changed: true, warnings: [] };
  }

  updateOverlay(plan: OverlayPlan): void {
    this.failIfAsked('updateOverlay');
    if (this.host.overlays.has(plan.vni)) this.host.overlays.set(plan.vni, plan);
  }

  async removeOverlay(vni: number): Promise<void> {
    this.failIfAsked('removeOverlay');
    this.host.overlays.delete(vni);
  }

  neighbours(_link: string): readonly { readonly family: 'ipv4' | 'ipv6'; readonly address: string; readonly mac: string }[] {
    return [];
  }

  async ensureFirewall(plan: FirewallPlan): Promise<void> {
    this.failIfAsked('ensureFirewall');
    const rules = nftRules(plan);
    if (rules.type === 'refused') throw new LinkError('name_invalid', rules.reason);
    this.host.firewalls.set(plan.bridge, rules.text);
  }

  async removeFirewall(bridge: string): Promise<void> {
    this.failIfAsked('removeFirewall');
    this.host.firewalls.delete(bridge);
  }

  /** A configuration with a line `no-such-option` is one that dnsmasq refuses. */
  async ensureDnsmasq(plan: DnsmasqPlan): ReturnType<Links['ensureDnsmasq']> {
    this.failIfAsked('ensureDnsmasq');
    if (plan.configText.includes('no-such-option')) throw new LinkError('dnsmasq_failed', `the dnsmasq of ${plan.network} does not start`);
    const running = this.host.dnsmasqs.get(plan.network);
    const action = actionFor(plan, running?.plan);
    const pid = running && (action === 'none' || action === 'reloaded') ? running.pid : this.host.nextNumber++;
    this.host.dnsmasqs.set(plan.network, { pid, plan });
    return { pid, action };
  }

  async removeDnsmasq(network: string): Promise<void> {
    this.failIfAsked('removeDnsmasq');
    this.host.dnsmasqs.delete(network);
  }

  async leases(network: string): Promise<readonly DhcpLease[]> {
    this.failIfAsked('leases');
    return this.host.leases.get(network) ?? [];
  }

  async close(): Promise<void> {
    this.failIfAsked('close');
  }

  private nameOf({ name, target }: TapPlan): string {
    const given = name ?? this.nameFor({ prefix: 'vnet', target });
    return given.includes('%') ? this.completed(given) : given;
  }

  private nameFor(request: TapNameRequest): string {
    const answer = allocateTapName(this.host.counters, request, (name) => this.held.has(name) || this.exists(name));
    this.host.counters = answer.counters;
    if (answer.type === 'refused') throw new LinkError(answer.code, answer.reason);
    return answer.name;
  }

  private completed(template: string): string {
    if (!/^[^%]*%d[^%]*$/.test(template)) throw new LinkError('system', `cannot make the tap ${template}`);
    for (let number = 0; ; number++) {
      const name = template.replace('%d', String(number));
      if (!this.exists(name)) return name;
    }
  }

  private exists(name: string): boolean {
    return [this.host.taps, this.host.bridges, this.host.uplinks, this.host.macvtaps].some((kind) => kind.has(name));
  }

  private ownBridge({ name, mac }: Pick<BridgePlan, 'name' | 'mac'>): BridgePlan | undefined {
    const present = this.host.bridges.get(name);
    if (present ? present.mac !== mac : this.host.taps.has(name)) throw new LinkError('bridge_foreign', `a link ${name} exists`);
    return present;
  }

  private refuseCollision(plan: BridgePlan): void {
    const networks = networksOf(plan);
    const other = [...this.host.bridges.values()].find((bridge) => networksOf(bridge).some((network) => networks.includes(network)));
    if (other) throw new LinkError('network_in_use', `the network is already in use by interface ${other.name}`);
  }

  private tap(name: string): FakeTap {
    const tap = this.host.taps.get(name);
    if (!tap) throw new LinkError('tap_missing', `there is no tap ${name}`);
    return tap;
  }

  private bridge(name: string): BridgePlan {
    const bridge = this.host.bridges.get(name);
    if (!bridge) throw new LinkError('bridge_missing', `there is no bridge ${name}`);
    return bridge;
  }

  private failIfAsked(method: keyof Links): void {
    const failure = this.failures.get(method);
    this.failures.delete(method);
    if (failure) throw failure;
  }
}

const networksOf = ({ addresses }: BridgePlan): string[] =>
  addresses.flatMap(({ family, address, prefix }) => (family === 'ipv4' ? [`${networkOf(family, address, prefix)}/${prefix}`] : []));

function actionFor(plan: DnsmasqPlan, running: DnsmasqPlan | undefined): 'none' | 'started' | 'reloaded' | 'restarted' {
  if (!running) return 'started';
  if (running.configText !== plan.configText) return 'restarted';
  return running.hostsText === plan.hostsText && running.addnHostsText === plan.addnHostsText ? 'none' : 'reloaded';
}
