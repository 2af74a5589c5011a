import type { LinkStatistics, Traffic } from '@virtbus/netlink';
import type { BridgePlan, DhcpLease, DnsmasqPlan, FirewallPlan, TapPlan } from '../core/link-plan.js';
import type { TapNameRequest } from '../core/tap-names.js';
import type { OverlayPlan } from '../core/overlay-plan.js';
import type { HostDevices } from '@virtbus/contracts';
import type { Passts } from './passts.js';
import type { AssignedFunctions } from '../sriov/assigned-functions.js';
import type { SysfsPlaces } from '../sriov/pci-files.js';
import type { DirectLinks } from './direct-links.js';

export interface PluggedTap {
  /** The name that the kernel really gave. */
  readonly name: string;
  /**
   * One descriptor per queue, close-on-exec (a child's stdio inherits them all the same). The tap lives as long as one copy is open:
   * give them to QEMU, then `closeTap`.
   */
  readonly fds: readonly number[];
}

/** A tap as the kernel has it now. */
export interface ObservedTap {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly bridge?: string;
}

/** Where a plugged tap is to be: what of `TapPlan` can change while its guest runs. */
export type TapPlace = Pick<TapPlan, 'bridge' | 'macTableManager' | 'mtu' | 'isolated'>;

/** A tap as it should be while its guest is there. `forwarded`: its bridge has a static entry of ours for the guest's MAC. */
export interface TapWish extends TapPlace {
  readonly mac: string;
  readonly forwarded: boolean;
}

/** Where the host's links are kept, and who is told of what needs no answer. */
export interface LinksOptions {
  /** The path of a network namespace, such as `/run/netns/blue`; absent for this process's own. */
  readonly netns?: string;
  /** A directory of this host-agent's own, on a disk that survives a restart. */
  readonly stateDir: string;
  /** Scripts that definitions may name for interfaces of type ethernet, by their whole paths. None when absent. */
  readonly scripts?: readonly string[];
  /** Where PCI devices are looked at; the kernel's own places when absent. */
  readonly pci?: Pick<SysfsPlaces, 'sysfs' | 'dev'>;
  readonly log: Log;
  /** Told of every message of rtnetlink, for measurements. */
  readonly traffic?: Traffic;
}

export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** What was done differently from the plan, one sentence each. The caller logs them. */
export interface EnsureAnswer {
  readonly changed: boolean;
  readonly warnings: readonly string[];
}

/**
 * Everything the host-agent does to this host's links. Every `ensure…` and `remove…` may be repeated: it finds its own work and
 * does nothing. Every method fails with `LinkError` (see link-error.ts), having undone its own steps first; anything else is a bug.
 *
 * Order for a network: `ensureFirewall`, `ensureBridge`, `ensureDnsmasq`; the rules name the bridge and do not need it to exist, so
 * no packet ever passes unfiltered. Removal runs the other way.
 */
export interface Links {
  /** Links of interfaces that are on no bridge. */
  readonly direct: DirectLinks;
  /** Network stacks beside QEMU's. */
  readonly passt: Passts;
  /** Virtual functions that guests have for themselves. */
  readonly functions: Pick<AssignedFunctions, 'prepare' | 'giveUp' | 'assign' | 'giveBack' | 'mend'>;
  /** What of this host's devices guests can have without a bridge. */
  devices(): HostDevices;
  /** Tells when they have become others. */
  watchDevices(changed: () => void): { close(): void };

  /** Holds the names of links that domains on record have or had. Call it at start, before anything is named. */
  reserveTapNames(names: readonly string[]): Promise<void>;
  /**
   * The name of a link that is about to be made: the fixed one asked for, or the next of the prefix. It is not given again before
   * `giveUpName`, whether or not a link has it. A template with a `%` of its own is answered as it is, for the kernel to complete.
   * Codes: tap_exists (a link has it, or its former owner is not cleaned up yet), name_invalid, names_exhausted.
   */
  holdName(request: TapNameRequest): Promise<string>;
  /** Everything that was made under the name is gone. */
  giveUpName(name: string): void;

  /**
   * Makes a tap, attaches it to its bridge and sets it up: libvirt's order. It has no forwarding entry yet: see `startForwarding`.
   * Codes: tap_exists, name_invalid, names_exhausted, bridge_missing, bridge_full, unsupported, system.
   */
  plugTap(plan: TapPlan): Promise<PluggedTap>;
  /** Closes this process's copies of a tap's descriptors. Not on the event loop: closing the last copy of all removes the tap. */
  closeTap(tap: PluggedTap): Promise<void>;
  /**
   * Removes the tap that was made for a guest's MAC. Succeeds when it is already gone; a link of that name that is somebody else's, known
   * by its own MAC, stays. Does not block the event loop.
   */
  unplug(name: string, guestMac: string): Promise<void>;
  /** The tap of that name; undefined when there is none. */
  observeTap(name: string): ObservedTap | undefined;
  /** What the link of that name has carried, as the host sees it; undefined when there is none. Codes: system. */
  statistics(name: string): LinkStatistics | undefined;
  /** How many frames a tap gathers before the host takes them; 0: none. The kernel lets it gather 64 at most. Codes: tap_missing, system. */
  setRxFrames(name: string, frames: number): void;
  /** Undefined when there is no such tap. Code: system. */
  rxFrames(name: string): number | undefined;
  /**
   * Moves a tap to another bridge, its MTU following (own MTU, else the new bridge's); goes back to the old bridge on failure.
   * On a tap that is already there it only applies the flags. Forwarding entries do not move: call `startForwarding` again.
   * Codes: tap_missing, bridge_missing, bridge_full, system.
   */
  moveTap(name: string, to: TapPlace): void;

  /**
   * Tells the name of each tap that may no longer be as it was made, its place on the bridge or its forwarding entry, whoever has changed
   * it; no name when it may be any.
   */
  watchTaps(changed: (tap?: string) => void): { close(): void };
  /** Puts a tap and its forwarding entry right where they differ. Answers what did, a sentence each. Codes: bridge_missing, bridge_full, system. */
  mendTap(name: string, wish: TapWish): readonly string[];

  /**
   * macTableManager `libvirt` only: the guest's MAC is forwarded to its tap from now on. Call it just before each `cont`.
   * Repeating it does nothing.
   */
  startForwarding(tap: string, mac: string): void;
  /** The other half, after the vCPUs stop. Answers false when the entry was not there: worth a warning, no more. */
  stopForwarding(tap: string, mac: string): boolean;

  /**
   * Makes a network's bridge with its addresses, or puts right what differs. Codes: bridge_foreign (a link of that name with another
   * MAC), network_in_use (a route of the host leads to the same network), ipv6_forwarding_unsafe, system.
   */
  ensureBridge(plan: BridgePlan): Promise<EnsureAnswer>;
  /**
   * Succeeds when it is already gone; its taps stay, without a bridge. Does not block the event loop.
   * Codes: bridge_foreign (it has another MAC, so it is not the one that was made), system.
   */
  removeBridge(bridge: Pick<BridgePlan, 'name' | 'mac'>): Promise<void>;
  /** For a bridge that the host's administrator owns (mode `bridge`) with macTableManager `libvirt`. Codes: bridge_missing, system. */
  ensureVlanFiltering(bridge: string): EnsureAnswer;

  /** How other hosts reach this one, unless somebody says otherwise: the address of the link that the default route leads to. */
  defaultAddress(): string | undefined;
  /**
   * Joins a bridge to those of other hosts, and says where each guest is; puts right what differs. Codes: bridge_missing, firewall_failed,
   * system.
   */
  ensureOverlay(plan: OverlayPlan): Promise<EnsureAnswer>;
  /** The last part of `ensureOverlay` alone, at once: where each guest is. Does nothing when the link is not there. Code: system. */
  updateOverlay(plan: OverlayPlan): void;
  /** Succeeds when it is already gone. */
  removeOverlay(vni: number): Promise<void>;

  /** Who is known to be where on a link, by the kernel's neighbour table; nobody when there is no such link. */
  neighbours(link: string): readonly { readonly family: 'ipv4' | 'ipv6'; readonly address: string; readonly mac: string }[];

  /** Replaces the rules of one network in one transaction. Codes: name_invalid, firewall_failed. */
  ensureFirewall(plan: FirewallPlan): Promise<void>;
  removeFirewall(bridge: string): Promise<void>;

  /**
   * Starts dnsmasq, or re-reads hosts files when only they changed, or restarts it when its configuration changed.
   * It survives this process and is found again by the next one. Codes: dnsmasq_failed with what dnsmasq said.
   */
  ensureDnsmasq(plan: DnsmasqPlan): Promise<{ readonly pid: number; readonly action: 'none' | 'started' | 'reloaded' | 'restarted' }>;
  /** Stops the network's dnsmasq and removes its files. Succeeds when there is none. */
  removeDnsmasq(network: string): Promise<void>;
  /** Leases handed out on a network; empty when there are none. */
  leases(network: string): Promise<readonly DhcpLease[]>;

  /** Closes sockets and writes counters. Nothing on the host changes. */
  close(): Promise<void>;
}
