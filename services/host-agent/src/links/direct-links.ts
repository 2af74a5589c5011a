import type { MacvtapPlan } from '../core/link-plan.js';
import type { FilterStep, HostFilter } from '../core/macvtap-filter.js';
import type { PluggedTap } from './links.js';

/** A tap that nothing on this host is connected to by us. */
export interface LooseTapPlan {
  readonly name: string;
  readonly mac: string;
  readonly model?: string;
  readonly queues?: number;
  readonly mtu?: number;
}

export interface HostSide {
  readonly addresses: readonly HostSideAddress[];
  readonly routes: readonly HostSideRoute[];
}

export interface HostSideAddress {
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly prefix: number;
  /** The other end, where the link is one between two. */
  readonly peer?: string;
}

export interface HostSideRoute {
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly prefix: number;
  readonly gateway?: string;
  readonly metric?: number;
}

/**
 * Links of interfaces that are on no bridge: macvtaps on a link of the host (type `direct`), taps that somebody else connects (type
 * `ethernet`). Like `Links`: what removes may be repeated, and everything fails with `LinkError`, having undone its own steps.
 */
export interface DirectLinks {
  /** The MAC of a link. Codes: link_missing. */
  macOf(link: string): string;
  /**
   * Makes a macvtap, down, and opens it. In mode passthrough its parent has the guest's MAC from now on.
   * Codes: link_missing, link_busy (the parent is a bridge's port, or another macvtap has it in mode passthrough), tap_exists, system.
   */
  plugMacvtap(plan: MacvtapPlan): Promise<PluggedTap>;
  /** Sets the macvtap, and its parent with it, up; or the macvtap down, and in mode passthrough its parent too. Codes: link_missing. */
  setMacvtap(plan: Pick<MacvtapPlan, 'name' | 'parent' | 'mode'>, up: boolean): void;
  /** Removes it, and gives a parent in mode passthrough its MAC back. A link of that name that is another stays. */
  unplugMacvtap(plan: Pick<MacvtapPlan, 'name' | 'parent' | 'mode' | 'mac'>, parentMac: string | undefined): Promise<void>;
  /** Puts right what differs. Answers what did, a sentence each. */
  mendMacvtap(plan: Pick<MacvtapPlan, 'name' | 'parent' | 'mode' | 'mac'>, up: boolean): readonly string[];
  /** What a macvtap takes from its wire. Codes: link_missing, system. */
  filterOf(name: string): HostFilter;
  /** Changes that. A step that fails keeps none of the others from being done: answers those that did, a sentence each. Codes: link_missing. */
  changeFilter(name: string, steps: readonly FilterStep[]): readonly string[];

  /** Makes a tap with its MAC and MTU, and sets it up. Codes: tap_exists, system. */
  plugLooseTap(plan: LooseTapPlan): Promise<PluggedTap>;
  /** Opens a tap or macvtap that is there, and changes nothing of it. Codes: tap_missing, link_busy (another process has it), system. */
  openGivenLink(plan: Pick<LooseTapPlan, 'name' | 'model' | 'queues'>): PluggedTap;
  /** Gives the host's end its addresses and routes; what is there already stays. Codes: link_missing, system. */
  addHostSide(name: string, side: HostSide): void;

  /** Whether a definition may have a script of that path run. */
  allowsScript(path: string): boolean;
  /** Runs `SCRIPT NAME` in the host's network. Codes: script_failed. */
  runScript(path: string, name: string): Promise<void>;
}
