import type { LinkStatistics } from '@virtbus/netlink';
import type { BridgePlan, DhcpLease, DnsmasqPlan, MacvtapPlan } from '../core/link-plan.js';
import type { HostFilter } from '../core/macvtap-filter.js';
import type { OverlayPlan } from '../core/overlay-plan.js';
import type { TapCounters } from '../core/tap-names.js';
import type { HostSide } from './direct-links.js';

export interface FakeTap {
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly bridge?: string;
  readonly macTableManager?: 'kernel' | 'libvirt';
  readonly isolated: boolean;
  readonly rxFrames?: number;
  readonly forwarding: ReadonlySet<string>;
}

export interface FakeMacvtap extends MacvtapPlan {
  readonly up: boolean;
  readonly parentMac: string;
  readonly filter: HostFilter;
}

/** A host without a kernel. It outlives the `FakeLinks` over it, as a real one outlives the host-agent. */
export class FakeHost {
  counters: TapCounters = {};
  /** Taps by name; those in `held` stay when the host-agent closes its descriptors, because a QEMU has copies. */
  readonly taps = new Map<string, FakeTap>();
  readonly held = new Set<string>();
  readonly bridges = new Map<string, BridgePlan>();
  readonly firewalls = new Map<string, string>();
  readonly dnsmasqs = new Map<string, { readonly pid: number; readonly plan: DnsmasqPlan }>();
  readonly overlays = new Map<number, OverlayPlan>();
  /** Links of the host that macvtaps can be put on. */
  readonly uplinks = new Map<string, { readonly mac: string; readonly up: boolean }>();
  readonly macvtaps = new Map<string, FakeMacvtap>();
  readonly hostSides = new Map<string, HostSide>();
  readonly leases = new Map<string, readonly DhcpLease[]>();
  nextNumber = 1000;
}

export const noTraffic: LinkStatistics = {
  rxPackets: 0,
  txPackets: 0,
  rxBytes: 0,
  txBytes: 0,
  rxErrors: 0,
  txErrors: 0,
  rxDropped: 0,
  txDropped: 0,
};
