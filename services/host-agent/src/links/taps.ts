import { close } from 'node:fs';
import { promisify } from 'node:util';
import { SystemError } from '@virtbus/libc';
import {
  addForwarding,
  getForwarding,
  getLink,
  openTap,
  removeForwarding,
  replaceForwarding,
  setLink,
  setPortFlags,
  type Link,
  type LinkRef,
  type LinkRemoval,
  type PortFlags,
  type Rtnetlink,
  type Tap,
} from '@virtbus/netlink';
import type { TapPlan } from '../core/link-plan.js';
import type { TapNameAnswer, TapNameRequest } from '../core/tap-names.js';
import { needsVnetHdr, tapMac } from '../core/tap-device.js';
import { LinkError, step, stepAsync } from './link-error.js';
import type { Log, ObservedTap, PluggedTap, TapPlace, TapWish } from './links.js';
import type { TapNameStore } from './tap-name-store.js';

/** How often a name that was free is found taken a moment later before that is an error: someone else makes links with our names. */
const nameAttempts = 8;
/** The kernel's answer when a bridge has no port number left (net/bridge/br_private.h, BR_PORT_BITS); libuv has no name for it. */
const EXFULL = 54;
const fullWords =
  'the bridge has 1,023 ports, as many as the kernel allows; unplug an interface from it, or use another network or another host';
const closeAsync = promisify(close);

function nameIn(answer: TapNameAnswer): string {
  if (answer.type === 'refused') throw new LinkError(answer.code, `cannot name a tap: ${answer.reason}`);
  return answer.name;
}

/** The port flags that differ, with the values that they should have. Those that the kernel keeps are left alone. */
function wrongFlags(now: PortFlags | undefined, { isolated = false, macTableManager }: TapWish): Partial<PortFlags> {
  const wanted: Partial<PortFlags> = { isolated, ...(macTableManager === 'libvirt' && { learning: false, unicastFlood: false }) };
  return Object.fromEntries(Object.entries(wanted).filter(([flag, value]) => now?.[flag as keyof PortFlags] !== value));
}

export interface TapsNeed {
  readonly netns?: string | undefined;
  readonly rtnetlink: Rtnetlink;
  readonly removal: LinkRemoval;
  readonly names: TapNameStore;
  readonly log: Log;
}

/** Taps of this host: made, attached and set up in libvirt's order (the numbers below are its steps), all or nothing. */
export class Taps {
  constructor(private readonly need: TapsNeed) {}

  async plug(plan: TapPlan): Promise<PluggedTap> {
    const bridge = this.bridge(plan.bridge);
    const tap = await this.open(plan);
    try {
      this.configure(tap.name, plan, bridge);
      return tap;
    } catch (error) {
      await this.close(tap);
      throw error;
    }
  }

  /** On a pool thread: closing the last copy of all removes the link, which takes some 20 ms. */
  async close(tap: PluggedTap): Promise<void> {
    await stepAsync(`close the queues of ${tap.name}`, () => Promise.all(tap.fds.map((fd) => closeAsync(fd))));
  }

  /** The name of a link that is yet to be made. */
  async hold(request: TapNameRequest): Promise<string> {
    return nameIn(await this.need.names.hold(request, (name) => this.exists(name)));
  }

  async unplug(name: string, guestMac: string): Promise<void> {
    const link = step(`look for ${name}`, () => getLink(this.need.rtnetlink, name));
    if (!link) return;
    if (link.kind !== 'tun' || link.mac !== tapMac(guestMac)) {
      this.need.log('warn', 'a link has the name of a tap of ours that is gone, and stays', { name });
      return;
    }
    await stepAsync(`remove ${name}`, () => this.need.removal.remove(name));
  }

  observe(name: string): ObservedTap | undefined {
    const link = step(`look for ${name}`, () => getLink(this.need.rtnetlink, name));
    if (link?.kind !== 'tun') return undefined;
    const bridge = this.masterOf(link)?.name;
    return { name, mac: link.mac ?? '', mtu: link.mtu, up: link.up, ...(bridge !== undefined && { bridge }) };
  }

  move(name: string, to: TapPlace): void {
    const tap = this.tap(name);
    const bridge = this.bridge(to.bridge);
    const before = this.masterOf(tap);
    try {
      if (before?.index !== bridge.index) this.reattach(tap, bridge, to.mtu);
      this.applyFlags(tap, to);
    } catch (error) {
      if (before && before.index !== bridge.index) step(`put ${name} back on ${before.name}`, () => this.reattach(tap, before, tap.mtu));
      throw error;
    }
  }

  mend(name: string, wish: TapWish): readonly string[] {
    const tap = step(`look for ${name}`, () => getLink(this.need.rtnetlink, name));
    if (tap?.kind !== 'tun') return [`tap ${name} is gone`];
    return [...this.mendPlace(tap, wish), ...(wish.macTableManager === 'libvirt' ? this.mendForwarding(name, wish) : [])];
  }

  private mendPlace(tap: Link, wish: TapWish): string[] {
    const bridge = this.bridge(wish.bridge);
    const said = tap.master === bridge.index ? this.mendFlags(tap, wish) : [`${tap.name} was not on ${bridge.name}, and is again`];
    if (tap.master !== bridge.index) {
      this.reattach(tap, bridge, wish.mtu);
      this.applyFlags(tap, wish);
    }
    if (tap.up) return said;
    this.set(tap, `bring ${tap.name} up`, { up: true });
    return [...said, `${tap.name} was down, and is up again`];
  }

  private mendFlags(tap: Link, wish: TapWish): string[] {
    const wrong = wrongFlags(tap.port, wish);
    if (Object.keys(wrong).length === 0) return [];
    step(`set the port flags of ${tap.name}`, () => setPortFlags(this.need.rtnetlink, tap, wrong));
    return Object.entries(wrong).map(([flag, value]) => `${tap.name}: ${flag} was ${!value}, and is ${value} again`);
  }

  private mendForwarding(name: string, { mac, forwarded }: TapWish): string[] {
    if (!forwarded) return this.stopForwarding(name, mac) ? [`${name}: an entry for ${mac} was in the forwarding table, and is gone`] : [];
    const tap = this.tap(name);
    if (step(`forward ${mac} to ${name}`, () => addForwarding(this.need.rtnetlink, tap, mac))) {
      return [`${name}: the forwarding entry for ${mac} was gone, and is there again`];
    }
    return this.takeForwarding(tap, mac) ? [`${name}: the forwarding entry for ${mac} was another's, and is its own again`] : [];
  }

  startForwarding(name: string, mac: string): void {
    const tap = this.tap(name);
    step(`forward ${mac} to ${name}`, () => addForwarding(this.need.rtnetlink, tap, mac) || this.takeForwarding(tap, mac));
  }

  /**
   * The bridge knows the address already. What it learned, say of a guest that was elsewhere before, gives way; an entry of another
   * guest does not: two have one MAC, and the first keeps it as under libvirt.
   */
  private takeForwarding(tap: Link, mac: string): boolean {
    const { rtnetlink, log } = this.need;
    const bridge = this.masterOf(tap);
    const entry = bridge && getForwarding(rtnetlink, bridge, mac);
    if (entry?.port === tap.index && entry.state === 'static') return false;
    // One that was elsewhere in a network of several hosts has come here before that was heard of.
    const isElsewhere = entry && getLink(rtnetlink, entry.port)?.kind === 'vxlan';
    if (entry?.state === 'learned' || isElsewhere) {
      replaceForwarding(rtnetlink, tap, mac);
      return true;
    }
    log('warn', 'another port of the bridge has this MAC, so nothing is forwarded to the tap', { tap: tap.name, mac });
    return false;
  }

  /** A tap that is gone took its entries along. */
  stopForwarding(name: string, mac: string): boolean {
    const tap = step(`look for ${name}`, () => getLink(this.need.rtnetlink, name));
    return tap !== undefined && step(`stop forwarding ${mac} to ${name}`, () => removeForwarding(this.need.rtnetlink, tap, mac));
  }

  /** Steps 1 and 2: the name, then the queues. */
  private async open(plan: TapPlan): Promise<Tap> {
    const request = { prefix: 'vnet', target: plan.target };
    for (let attempt = 1; ; attempt++) {
      const name = plan.name ?? nameIn(await this.need.names.allocate(request, (each) => this.exists(each)));
      const tap = this.openNamed(name, plan);
      if (tap) return tap;
      if (plan.name === name || plan.target === name || attempt === nameAttempts) {
        throw new LinkError('tap_exists', `cannot make the tap ${name}: a link of that name exists`);
      }
    }
  }

  /** Undefined for a link of another kind, for one that is gone, and when the kernel does not say. */
  named(index: number): string | undefined {
    try {
      const link = getLink(this.need.rtnetlink, index);
      return link?.kind === 'tun' ? link.name : undefined;
    } catch (error) {
      if (error instanceof SystemError) return undefined;
      throw error;
    }
  }

  private exists(name: string): boolean {
    return step(`look for ${name}`, () => getLink(this.need.rtnetlink, name)) !== undefined;
  }

  /** Undefined when a link of that name has appeared meanwhile. */
  private openNamed(name: string, plan: TapPlan): Tap | undefined {
    const { netns } = this.need;
    try {
      return openTap({ name, vnetHdr: needsVnetHdr(plan.model), queues: plan.queues ?? 1, ...(netns !== undefined && { netns }) });
    } catch (error) {
      if (error instanceof SystemError && error.syscall === 'TUNSETIFF' && error.code === 'EEXIST') return undefined;
      return step(`make the tap ${name}`, () => {
        throw error;
      });
    }
  }

  private configure(name: string, plan: TapPlan, bridge: Link): void {
    const tap = this.tap(name);
    // 3 and 4: a tap with the bridge's MTU does not lower it.
    this.set(tap, `give ${name} its MAC and the MTU of ${bridge.name}`, { mac: tapMac(plan.mac), mtu: bridge.mtu });
    this.attach(tap, bridge);
    if (plan.isolated === true) step(`isolate ${name}`, () => setPortFlags(this.need.rtnetlink, tap, { isolated: true }));
    this.set(tap, `bring ${name} up`, { up: true });
    this.applyTableFlags(tap, plan);
    // 14: after the attachment, so that it counts in the bridge's MTU as libvirt's does.
    if (plan.mtu !== undefined) this.set(tap, `give ${name} the MTU ${plan.mtu}`, { mtu: plan.mtu });
  }

  /** Step 9. The kernel sets both at once. */
  private applyTableFlags(tap: LinkRef, plan: Pick<TapPlan, 'macTableManager'>): void {
    if (plan.macTableManager !== 'libvirt') return;
    step(`stop ${tap.name} from learning and flooding`, () =>
      setPortFlags(this.need.rtnetlink, tap, { learning: false, unicastFlood: false }),
    );
  }

  private applyFlags(tap: LinkRef, to: TapPlace): void {
    const isolated = to.isolated ?? false;
    step(`${isolated ? 'isolate' : 'stop isolating'} ${tap.name}`, () => setPortFlags(this.need.rtnetlink, tap, { isolated }));
    this.applyTableFlags(tap, to);
  }

  private reattach(tap: LinkRef, bridge: Link, mtu: number | undefined): void {
    this.set(tap, `take ${tap.name} off its bridge`, { master: 0 });
    this.set(tap, `give ${tap.name} the MTU of its new place`, { mtu: mtu ?? bridge.mtu });
    this.attach(tap, bridge);
  }

  private attach(tap: LinkRef, bridge: LinkRef): void {
    const doing = `attach ${tap.name} to ${bridge.name}`;
    step(doing, () => {
      try {
        setLink(this.need.rtnetlink, tap, { master: bridge.index });
      } catch (error) {
        if (!(error instanceof SystemError) || error.errno !== EXFULL) throw error;
        throw new LinkError('bridge_full', `cannot ${doing}: ${fullWords}`, { cause: error });
      }
    });
  }

  private set(link: LinkRef, doing: string, change: Parameters<typeof setLink>[2]): void {
    step(doing, () => setLink(this.need.rtnetlink, link, change));
  }

  private tap(name: string): Link {
    const link = step(`look for ${name}`, () => getLink(this.need.rtnetlink, name));
    if (!link) throw new LinkError('tap_missing', `there is no tap ${name}`);
    return link;
  }

  private bridge(name: string): Link {
    const link = step(`look for ${name}`, () => getLink(this.need.rtnetlink, name));
    if (!link) throw new LinkError('bridge_missing', `there is no bridge ${name} to plug a tap into`);
    return link;
  }

  private masterOf(link: Link): Link | undefined {
    const { master } = link;
    return master === undefined ? undefined : step(`look for the bridge of ${link.name}`, () => getLink(this.need.rtnetlink, master));
  }
}
