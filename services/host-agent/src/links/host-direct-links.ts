import { close } from 'node:fs';
import { promisify } from 'node:util';
import {
  addAddress,
  addMulticast,
  addRoute,
  createMacvtap,
  getLink,
  listMulticast,
  openMacvtap,
  openTap,
  removeMulticast,
  setLink,
  type Link,
  type LinkRemoval,
  type Rtnetlink,
  type Tap,
} from '@virtbus/netlink';
import { needsVnetHdr, tapMac } from '../core/tap-device.js';
import { runCommand } from './command.js';
import type { MacvtapPlan } from '../core/link-plan.js';
import type { FilterStep, HostFilter } from '../core/macvtap-filter.js';
import type { DirectLinks, HostSide, LooseTapPlan } from './direct-links.js';
import { LinkError, step, stepAsync } from './link-error.js';
import type { Log, PluggedTap } from './links.js';

export interface DirectLinksNeed {
  readonly netns?: string | undefined;
  readonly rtnetlink: Rtnetlink;
  readonly removal: LinkRemoval;
  readonly scripts: readonly string[];
  readonly log: Log;
}

const closeAsync = promisify(close);
const scriptMs = 30_000;

type Placed = Pick<MacvtapPlan, 'name' | 'parent' | 'mode'>;

export class HostDirectLinks implements DirectLinks {
  constructor(private readonly need: DirectLinksNeed) {}

  macOf(link: string): string {
    return this.present(link).mac ?? '';
  }

  async plugMacvtap(plan: MacvtapPlan): Promise<PluggedTap> {
    const parent = this.present(plan.parent);
    this.create(plan, parent);
    try {
      const link = this.present(plan.name);
      // The kernel has given it its parent's MAC; what the macvtap gets now its parent gets too.
      if (plan.mode === 'passthrough')
        step(`give ${plan.parent} the MAC ${plan.mac}`, () => setLink(this.need.rtnetlink, link, { mac: plan.mac }));
      return step(`open the macvtap ${plan.name}`, () => openMacvtap({ link, ...this.queuesOf(plan) }));
    } catch (error) {
      await this.unplugMacvtap(plan, parent.mac);
      throw error;
    }
  }

  setMacvtap({ name, parent, mode }: Placed, up: boolean): void {
    if (up) {
      const below = this.present(parent);
      if (!below.up) step(`bring ${parent} up`, () => setLink(this.need.rtnetlink, below, { up: true }));
    }
    step(`bring ${name} ${up ? 'up' : 'down'}`, () => setLink(this.need.rtnetlink, this.present(name), { up }));
    if (!up && mode === 'passthrough') step(`bring ${parent} down`, () => setLink(this.need.rtnetlink, this.present(parent), { up }));
  }

  async unplugMacvtap(plan: Placed & { readonly mac: string }, parentMac: string | undefined): Promise<void> {
    const link = this.find(plan.name);
    if (link && this.isOurs(link, plan)) await stepAsync(`remove ${plan.name}`, () => this.need.removal.remove(plan.name));
    else if (link) this.need.log('warn', 'a link has the name of a macvtap of ours that is gone, and stays', { name: plan.name });
    if (plan.mode !== 'passthrough' || parentMac === undefined) return;
    // The kernel gives the parent its MAC back when the macvtap goes; where it did not, the guest's is still there.
    const parent = this.find(plan.parent);
    if (parent?.mac === plan.mac.toLowerCase() && parent.mac !== parentMac)
      step(`give ${plan.parent} its MAC back`, () => setLink(this.need.rtnetlink, parent, { mac: parentMac }));
  }

  mendMacvtap(plan: Placed & { readonly mac: string }, up: boolean): readonly string[] {
    const link = this.find(plan.name);
    if (!link || !this.isOurs(link, plan)) return [`macvtap ${plan.name} is gone`];
    const parent = this.present(plan.parent);
    if (!up || (link.up && parent.up)) return [];
    this.setMacvtap(plan, true);
    return [`${link.up ? plan.parent : plan.name} was down, and is up again`];
  }

  filterOf(name: string): HostFilter {
    const { mac = '', promiscuous, allMulticast, multicast } = this.present(name);
    const groups = step(`read the multicast groups of ${name}`, () => listMulticast(this.need.netns, name));
    return { mac, groups, promiscuous, allMulticast, multicast };
  }

  changeFilter(name: string, steps: readonly FilterStep[]): readonly string[] {
    const link = this.present(name);
    return steps.flatMap((each) => {
      try {
        this.take(link, each);
        return [];
      } catch (error) {
        if (!(error instanceof LinkError)) throw error;
        return [error.message];
      }
    });
  }

  async plugLooseTap(plan: LooseTapPlan): Promise<PluggedTap> {
    const tap = this.openNew(plan);
    const { mac, mtu } = plan;
    try {
      const link = this.present(tap.name);
      const change = { mac: tapMac(mac), up: true, ...(mtu === undefined ? {} : { mtu }) };
      step(`give ${tap.name} its MAC and set it up`, () => setLink(this.need.rtnetlink, link, change));
      return tap;
    } catch (error) {
      await stepAsync(`close the queues of ${tap.name}`, () => Promise.all(tap.fds.map((fd) => closeAsync(fd))));
      throw error;
    }
  }

  openGivenLink(plan: Pick<LooseTapPlan, 'name' | 'model' | 'queues'>): PluggedTap {
    const link = this.find(plan.name);
    if (link?.kind === 'macvtap') return step(`open the macvtap ${plan.name}`, () => openMacvtap({ link, ...this.queuesOf(plan) }));
    if (link?.kind !== 'tun')
      throw new LinkError('tap_missing', `there is no tap ${plan.name}, and a target with managed='no' is not made`);
    try {
      return openTap({ name: plan.name, ...this.queuesOf(plan), existing: true });
    } catch (error) {
      if (isRefusal(error, 'EBUSY')) throw new LinkError('link_busy', `another process has the tap ${plan.name}`, { cause: error });
      return step(`open the tap ${plan.name}`, () => {
        throw error;
      });
    }
  }

  addHostSide(name: string, { addresses, routes }: HostSide): void {
    const { rtnetlink } = this.need;
    const link = this.present(name);
    for (const address of addresses) step(`give ${name} the address ${address.address}`, () => addAddress(rtnetlink, link, address));
    for (const { family, address, prefix, gateway, metric } of routes) {
      const route = { family, destination: address, prefix, link: link.index };
      const way = { ...(gateway === undefined ? {} : { gateway }), ...(metric === undefined ? {} : { metric }) };
      step(`add a route to ${address} by ${name}`, () => addRoute(rtnetlink, { ...route, ...way }));
    }
  }

  allowsScript(path: string): boolean {
    return this.need.scripts.includes(path);
  }

  async runScript(path: string, name: string): Promise<void> {
    const { netns } = this.need;
    const { status, said } = await runCommand({ netns, program: path, args: [name], timeoutMs: scriptMs });
    if (status !== 0) throw new LinkError('script_failed', `${path} ${name} ended with ${status}${said === '' ? '' : `: ${said}`}`);
  }

  private take(link: Link, change: FilterStep): void {
    const { netns, rtnetlink } = this.need;
    const { name } = link;
    switch (change.do) {
      case 'mac':
        return step(`give ${name} the MAC ${change.mac}`, () => setLink(rtnetlink, link, { mac: change.mac }));
      case 'join':
        return step(`have ${name} take frames for ${change.group}`, () => addMulticast(netns, name, change.group));
      case 'leave':
        return step(`have ${name} take no frames for ${change.group}`, () => void removeMulticast(netns, name, change.group));
      case 'flags':
        return step(`change what ${name} takes`, () => setLink(rtnetlink, link, change.to));
    }
  }

  private create(plan: MacvtapPlan, parent: Link): void {
    const { name, mode, mac } = plan;
    try {
      createMacvtap(this.need.rtnetlink, { name, parent, mode, mac });
    } catch (error) {
      if (isRefusal(error, 'EEXIST')) throw new LinkError('tap_exists', `a link named ${name} exists`, { cause: error });
      if (isRefusal(error, 'EBUSY')) throw busy(`${parent.name} is a port of a bridge or a bond`, error);
      if (isRefusal(error, 'EINVAL')) throw busy(`${parent.name} has another macvtap, and mode passthrough wants it alone`, error);
      step(`make the macvtap ${name} on ${parent.name}`, () => {
        throw error;
      });
    }
  }

  private openNew(plan: LooseTapPlan): Tap {
    try {
      return openTap({ name: plan.name, ...this.queuesOf(plan) });
    } catch (error) {
      if (isRefusal(error, 'EEXIST')) throw new LinkError('tap_exists', `a link named ${plan.name} exists`, { cause: error });
      return step(`make the tap ${plan.name}`, () => {
        throw error;
      });
    }
  }

  private queuesOf({ model, queues = 1 }: Pick<LooseTapPlan, 'model' | 'queues'>) {
    const { netns } = this.need;
    return { vnetHdr: needsVnetHdr(model), queues, ...(netns === undefined ? {} : { netns }) };
  }

  /** Its MAC may follow the guest's; its place does not change. */
  private isOurs(link: Link, { parent }: Placed): boolean {
    return link.kind === 'macvtap' && link.parent !== undefined && link.parent === this.find(parent)?.index;
  }

  private find(name: string): Link | undefined {
    return step(`look for ${name}`, () => getLink(this.need.rtnetlink, name));
  }

  private present(name: string): Link {
    const link = this.find(name);
    if (!link) throw new LinkError('link_missing', `there is no network device ${name} on this host`);
    return link;
  }
}

const isRefusal = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code;
const busy = (words: string, cause: unknown): LinkError => new LinkError('link_busy', words, { cause });
