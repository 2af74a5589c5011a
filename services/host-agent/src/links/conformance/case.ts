import type { BridgePlan, TapPlan } from '../../core/link-plan.js';
import { LinkError, type LinkFault } from '../link-error.js';
import type { Links, PluggedTap } from '../links.js';

/** A host for one case, and what is done to it from outside. */
export interface LinksUnderTest {
  readonly links: Links;
  /** The host-agent ends and another one starts over the same host; not `orderly`, it was killed. */
  readonly restart: (orderly: boolean) => Promise<Links>;
  /** A QEMU takes copies of the tap's descriptors; the answer ends it. */
  readonly hold: (tap: PluggedTap) => Promise<() => Promise<void>>;
  /** Makes a link that macvtaps can be put on, down. */
  readonly uplink: (name: string, mac: string) => void;
  /** The text of a configuration that dnsmasq accepts for a network on this bridge. */
  readonly dnsmasqConfig: (network: string, bridge: string) => string;
}

/** One thing that every `Links` does. It throws when this one does not. */
export interface ConformanceCase {
  readonly sentence: string;
  readonly holds: (world: LinksUnderTest) => Promise<void>;
}

export const guestMac = '52:54:00:aa:bb:cc';

export const bridgePlan = (change: Partial<BridgePlan> = {}): BridgePlan => ({
  name: 'br-a',
  mac: '52:54:00:00:00:01',
  stp: false,
  delaySeconds: 0,
  addresses: [],
  vlanFiltering: false,
  ...change,
});

export const tapPlan = (change: Partial<TapPlan> = {}): TapPlan => ({ model: 'virtio', mac: guestMac, bridge: 'br-a', ...change });

/** For `assert.throws` and `assert.rejects`. */
export const refusal =
  (code: LinkFault) =>
  (error: unknown): boolean =>
    error instanceof LinkError && error.code === code;

/** A bridge `br-a` with an MTU of its own, and a tap plugged into it. */
export async function plugged(links: Links, change: Partial<TapPlan> = {}): Promise<PluggedTap> {
  await links.ensureBridge(bridgePlan({ mtu: 1400 }));
  return links.plugTap(tapPlan(change));
}

export const named = async (links: Links, change: Partial<TapPlan> = {}): Promise<string> => (await plugged(links, change)).name;
