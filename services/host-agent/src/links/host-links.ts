import { mkdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { HostDevices } from '@virtbus/contracts';
import {
  getLink,
  getLinkStatistics,
  getRxFrames,
  LinkRemoval,
  listAddresses,
  listLinks,
  listNeighbours,
  listRoutes,
  Rtnetlink,
  setRxFrames,
  watchLinks,
  watchPorts,
  type Link,
  type LinkStatistics,
  type Neighbour,
} from '@virtbus/netlink';
import type { BridgePlan, DhcpLease, DnsmasqPlan, FirewallPlan, TapPlan } from '../core/link-plan.js';
import type { TapNameRequest } from '../core/tap-names.js';
import { Bridges } from './bridges.js';
import type { DirectLinks } from './direct-links.js';
import { Dnsmasqs } from './dnsmasq.js';
import { HostDirectLinks } from './host-direct-links.js';
import { letOthersPass } from './dnsmasq-state.js';
import { Firewall } from './firewall.js';
import { LinkError, step, stepAsync } from './link-error.js';
import type { EnsureAnswer, Links, LinksOptions, ObservedTap, PluggedTap, TapPlace, TapWish } from './links.js';
import { overlayLink, type OverlayPlan } from '../core/overlay-plan.js';
import { Nftables } from './nftables.js';
import { Overlays } from './overlays.js';
import { HostPassts, type Passts } from './passts.js';
import { TapNameStore } from './tap-name-store.js';
import { Taps } from './taps.js';
import { AssignedFunctions } from '../sriov/assigned-functions.js';
import { FunctionRecords } from '../sriov/function-records.js';
import { PciDevices } from '../sriov/pci-devices.js';
import { SysfsFiles } from '../sriov/pci-files.js';

/** The links of this host, or of one network namespace of it. */
export class HostLinks implements Links {
  readonly direct: DirectLinks;
  readonly functions: AssignedFunctions;
  private readonly pci: PciDevices;
  private readonly netns: string | undefined;
  private readonly taps: Taps;
  private readonly bridges: Bridges;
  private readonly firewall: Firewall;
  private readonly overlays: Overlays;
  private closed = false;
  private readonly watches: { close(): void }[] = [];
  readonly nftables: Nftables;
  readonly passt: Passts;
  private readonly dnsmasqs: Dnsmasqs;

  private constructor(
    options: LinksOptions,
    private readonly rtnetlink: Rtnetlink,
    private readonly removal: LinkRemoval,
    private readonly names: TapNameStore,
  ) {
    const { netns, log, scripts = [], stateDir, pci } = options;
    this.netns = netns;
    this.pci = new PciDevices(new SysfsFiles({ ...pci, ...(netns === undefined ? {} : { netns }) }));
    const warn = (message: string): void => log('warn', message);
    const records = new FunctionRecords(join(stateDir, 'functions'), warn);
    this.functions = new AssignedFunctions({ pci: this.pci, rtnetlink, records, warn });
    this.direct = new HostDirectLinks({ netns, rtnetlink, removal, scripts, log });
    this.taps = new Taps({ netns, rtnetlink, removal, names, log });
    this.bridges = new Bridges({ netns, rtnetlink, removal });
    this.nftables = new Nftables(netns);
    this.firewall = new Firewall(this.nftables);
    this.passt = new HostPassts(netns);
    this.overlays = new Overlays({ rtnetlink, removal });
    this.dnsmasqs = new Dnsmasqs(options);
  }

  /** Makes the state directory. @throws LinkError when it, or the namespace, is not to be had */
  static async open(options: LinksOptions): Promise<HostLinks> {
    const { netns, stateDir, log } = options;
    // dnsmasq works in `/`, so a path in its configuration means another file there than here.
    if (!isAbsolute(stateDir)) throw new LinkError('system', `the state directory ${stateDir} is not an absolute path`);
    await stepAsync(`make the directory ${stateDir}`, () => mkdir(stateDir, { recursive: true, mode: 0o711 }));
    await stepAsync(`let dnsmasq pass ${stateDir}`, () => letOthersPass(stateDir));
    const names = await TapNameStore.open(stateDir, log);
    const removal = step('open a netlink socket', () => new LinkRemoval(netns));
    const rtnetlink = step('open a netlink socket', () => Rtnetlink.open(netns, options.traffic));
    return new HostLinks(options, rtnetlink, removal, names);
  }

  reserveTapNames(names: readonly string[]): Promise<void> {
    return this.names.reserve(names);
  }

  holdName(request: TapNameRequest): Promise<string> {
    return this.taps.hold(request);
  }

  giveUpName(name: string): void {
    this.names.giveUp(name);
  }

  devices(): HostDevices {
    const links = step('list the links of this host', () => listLinks(this.rtnetlink));
    return { links: links.filter(takesMacvtaps).map(({ name }) => name), physicalFunctions: this.pci.physicalFunctions() };
  }

  /** Guests' own links come and go all the time, and are nothing that is lent. Each makes its bridge change too: one look for all. */
  watchDevices(changed: () => void): { close(): void } {
    let last = this.devices();
    let due = false;
    const look = (): void => {
      due = false;
      if (this.closed) return;
      const now = this.devices();
      if (isDeepStrictEqual(now, last)) return;
      last = now;
      changed();
    };
    const { netns } = this;
    const watch = watchLinks({ intervalMs: 250, ...(netns === undefined ? {} : { netns }) }, (event) => {
      if (due || (event.type !== 'lost' && isGuests(event.link))) return;
      due = true;
      setImmediate(look);
    });
    this.watches.push(watch);
    return watch;
  }

  plugTap(plan: TapPlan): Promise<PluggedTap> {
    return this.taps.plug(plan);
  }

  closeTap(tap: PluggedTap): Promise<void> {
    return this.taps.close(tap);
  }

  unplug(name: string, guestMac: string): Promise<void> {
    return this.taps.unplug(name, guestMac);
  }

  observeTap(name: string): ObservedTap | undefined {
    return this.taps.observe(name);
  }

  statistics(name: string): LinkStatistics | undefined {
    return step(`count what ${name} has carried`, () => getLinkStatistics(this.rtnetlink, name));
  }

  setRxFrames(name: string, frames: number): void {
    if (!this.observeTap(name)) throw new LinkError('tap_missing', `there is no tap ${name}`);
    step(`have ${name} gather frames`, () => setRxFrames(this.netns, name, frames));
  }

  rxFrames(name: string): number | undefined {
    return this.observeTap(name) && step(`see how ${name} gathers frames`, () => getRxFrames(this.netns, name));
  }

  moveTap(name: string, to: TapPlace): void {
    this.taps.move(name, to);
  }

  mendTap(name: string, wish: TapWish): readonly string[] {
    return this.taps.mend(name, wish);
  }

  watchTaps(changed: (tap?: string) => void): { close(): void } {
    const watch = watchPorts({ netns: this.netns }, (event) => {
      if (this.closed) return;
      if (event === 'lost') return changed();
      const tap = this.taps.named(event);
      if (tap !== undefined) changed(tap);
    });
    this.watches.push(watch);
    return watch;
  }

  startForwarding(tap: string, mac: string): void {
    this.taps.startForwarding(tap, mac);
  }

  stopForwarding(tap: string, mac: string): boolean {
    return this.taps.stopForwarding(tap, mac);
  }

  ensureBridge(plan: BridgePlan): Promise<EnsureAnswer> {
    return this.bridges.ensure(plan);
  }

  removeBridge(bridge: Pick<BridgePlan, 'name' | 'mac'>): Promise<void> {
    return this.bridges.remove(bridge);
  }

  ensureVlanFiltering(bridge: string): EnsureAnswer {
    return this.bridges.ensureVlanFiltering(bridge);
  }

  defaultAddress(): string | undefined {
    return step('look for an address of this host', () => {
      const route = listRoutes(this.rtnetlink, 'ipv4').find(({ prefix, link }) => prefix === 0 && link !== undefined);
      const link = route?.link === undefined ? undefined : getLink(this.rtnetlink, route.link);
      return link && listAddresses(this.rtnetlink, link).find(({ family }) => family === 'ipv4')?.address;
    });
  }

  /** The filter first: no answer to a question for an address comes from another host. */
  async ensureOverlay(plan: OverlayPlan): Promise<EnsureAnswer> {
    await this.firewall.ensureTunnel(plan.link);
    return this.overlays.ensure(plan);
  }

  updateOverlay(plan: OverlayPlan): void {
    this.overlays.update(plan);
  }

  async removeOverlay(vni: number): Promise<void> {
    await this.overlays.remove(vni);
    await this.firewall.removeTunnel(overlayLink(vni));
  }

  neighbours(name: string): Neighbour[] {
    return step(`list the neighbours on ${name}`, () => {
      const link = getLink(this.rtnetlink, name);
      return link ? listNeighbours(this.rtnetlink, link, 'all') : [];
    });
  }

  ensureFirewall(plan: FirewallPlan): Promise<void> {
    return this.firewall.ensure(plan);
  }

  removeFirewall(bridge: string): Promise<void> {
    return this.firewall.remove(bridge);
  }

  ensureDnsmasq(plan: DnsmasqPlan): ReturnType<Links['ensureDnsmasq']> {
    return this.dnsmasqs.ensure(plan);
  }

  removeDnsmasq(network: string): Promise<void> {
    return this.dnsmasqs.remove(network);
  }

  leases(network: string): Promise<readonly DhcpLease[]> {
    return this.dnsmasqs.leases(network, Math.floor(Date.now() / 1000));
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const watch of this.watches) watch.close();
    await this.nftables.close();
    await this.removal.close();
    this.rtnetlink.close();
    await this.names.close();
  }
}

const isGuests = ({ kind = '' }: Link): boolean => ['tun', 'macvtap', 'macvlan'].includes(kind);
/** What is neither a guest's link, nor a bridge's port, nor loopback. */
const takesMacvtaps = (link: Link): boolean => !isGuests(link) && link.master === undefined && link.mac !== undefined && link.name !== 'lo';
