import {
  addAddress,
  addRoute,
  createBridge,
  getLink,
  listAddresses,
  networkOf,
  removeAddress,
  setBridge,
  setLink,
  setVlanFiltering,
  type Link,
  type LinkRemoval,
  type Rtnetlink,
} from '@virtbus/netlink';
import type { BridgeAddress, BridgePlan, BridgeRoute } from '../core/link-plan.js';
import { enableForwarding, refuseCollision, setBridgeIpv6 } from './host-network-settings.js';
import { LinkError, step, stepAsync } from './link-error.js';
import type { EnsureAnswer } from './links.js';

export interface BridgesNeed {
  readonly netns?: string | undefined;
  readonly rtnetlink: Rtnetlink;
  readonly removal: LinkRemoval;
}

/** The kernel's limits of the forward delay while STP is on, in 1/100 s (net/bridge/br_private.h). */
const stpDelayCs = { least: 200, most: 3000 };

/** Bridges of networks: made in libvirt's order, and again whatever differs. A bridge is ours when it has the MAC of its definition. */
export class Bridges {
  constructor(private readonly need: BridgesNeed) {}

  async ensure(plan: BridgePlan): Promise<EnsureAnswer> {
    const present = this.find(plan);
    if (present) return this.adjust(plan, present);
    refuseCollision(this.need.rtnetlink, plan);
    try {
      return this.create(plan);
    } catch (error) {
      await this.remove(plan);
      throw error;
    }
  }

  async remove(bridge: Pick<BridgePlan, 'name' | 'mac'>): Promise<void> {
    const link = this.find(bridge);
    if (!link) return;
    step(`bring ${link.name} down`, () => setLink(this.need.rtnetlink, link, { up: false }));
    await stepAsync(`remove the bridge ${link.name}`, () => this.need.removal.remove(link.name));
  }

  ensureVlanFiltering(name: string): EnsureAnswer {
    const bridge = step(`look for ${name}`, () => getLink(this.need.rtnetlink, name));
    if (!bridge) throw new LinkError('bridge_missing', `there is no bridge ${name} to filter VLANs on`);
    return this.filterVlans(bridge, true);
  }

  /** @throws LinkError bridge_foreign */
  private find({ name, mac }: Pick<BridgePlan, 'name' | 'mac'>): Link | undefined {
    const link = step(`look for ${name}`, () => getLink(this.need.rtnetlink, name));
    if (link && (link.kind !== 'bridge' || link.mac !== mac.toLowerCase())) {
      throw new LinkError(
        'bridge_foreign',
        `a link ${name} exists, ${link.kind ?? 'hardware'} with MAC ${link.mac ?? 'none'}: it is not this network's bridge`,
      );
    }
    return link;
  }

  private create(plan: BridgePlan): EnsureAnswer {
    const { name, mac, stp } = plan;
    step(`make the bridge ${name}`, () => createBridge(this.need.rtnetlink, { name, mac, stp, forwardDelayCs: plan.delaySeconds * 100 }));
    const bridge = this.find(plan);
    if (!bridge) throw new LinkError('system', `the bridge ${name} went away while it was made`);
    const { warnings } = this.adjust(plan, bridge);
    return { changed: true, warnings };
  }

  /** Steps 3 to 11 of libvirt's start, each of them only when there is something to do. */
  private adjust(plan: BridgePlan, bridge: Link): EnsureAnswer {
    const answers = [
      this.applyMtu(plan, bridge),
      this.applyStp(plan, bridge),
      answer(setBridgeIpv6(this.need.netns, plan)),
      answer(step(`give ${plan.name} its addresses`, () => this.applyAddresses(plan, bridge))),
      this.filterVlans(bridge, plan.vlanFiltering),
      this.bringUp(bridge),
      this.applyRoutes(plan.routes ?? []),
      answer(enableForwarding(this.need.netns, this.need.rtnetlink, plan.forwarding)),
    ];
    return { changed: answers.some(({ changed }) => changed), warnings: answers.flatMap(({ warnings }) => warnings) };
  }

  private applyMtu({ mtu }: BridgePlan, bridge: Link): EnsureAnswer {
    if (mtu === undefined || mtu === bridge.mtu) return answer(false);
    step(`give ${bridge.name} the MTU ${mtu}`, () => setLink(this.need.rtnetlink, bridge, { mtu }));
    return answer(true);
  }

  private applyStp({ stp, delaySeconds }: BridgePlan, bridge: Link): EnsureAnswer {
    const asked = delaySeconds * 100;
    const forwardDelayCs = stp ? Math.min(Math.max(asked, stpDelayCs.least), stpDelayCs.most) : asked;
    if (bridge.bridge?.stp === stp && bridge.bridge.forwardDelayCs === forwardDelayCs) return answer(false);
    step(`set STP of ${bridge.name}`, () => setBridge(this.need.rtnetlink, bridge, { forwardDelayCs, stp }));
    return answer(true);
  }

  /** What the plan does not name goes, except link-local addresses, which are the kernel's. */
  private applyAddresses(plan: BridgePlan, bridge: Link): boolean {
    const present = step(`list the addresses of ${bridge.name}`, () => listAddresses(this.need.rtnetlink, bridge));
    const surplus = present.filter((one) => !one.address.startsWith('fe80:') && !plan.addresses.some((wanted) => isSame(one, wanted)));
    const missing = plan.addresses.filter((wanted) => !present.some((one) => isSame(one, wanted)));
    for (const one of surplus) step(`take ${one.address} off ${bridge.name}`, () => removeAddress(this.need.rtnetlink, bridge, one));
    for (const one of missing) step(`add ${one.address} to ${bridge.name}`, () => addAddress(this.need.rtnetlink, bridge, one));
    return surplus.length + missing.length > 0;
  }

  private filterVlans(bridge: Link, wanted: boolean): EnsureAnswer {
    if ((bridge.bridge?.vlanFiltering ?? false) === wanted) return answer(false);
    const done = step(`filter VLANs on ${bridge.name}`, () => setVlanFiltering(this.need.rtnetlink, bridge, wanted));
    if (done === 'done') return answer(true);
    return { changed: false, warnings: [`the kernel has no VLAN filtering: ${bridge.name} keeps its forwarding table without it`] };
  }

  private bringUp(bridge: Link): EnsureAnswer {
    if (!bridge.up) step(`bring ${bridge.name} up`, () => setLink(this.need.rtnetlink, bridge, { up: true }));
    return answer(!bridge.up);
  }

  /** A route that cannot be made is no reason not to have the network: libvirt's choice. */
  private applyRoutes(routes: readonly BridgeRoute[]): EnsureAnswer {
    const answers = routes.map((route): EnsureAnswer => {
      try {
        return answer(step(`add the route to ${route.address}/${route.prefix} by ${route.gateway}`, () => this.addRoute(route)));
      } catch (error) {
        if (error instanceof LinkError) return { changed: false, warnings: [error.message] };
        throw error;
      }
    });
    return { changed: answers.some(({ changed }) => changed), warnings: answers.flatMap(({ warnings }) => warnings) };
  }

  private addRoute({ family, address, prefix, gateway, metric }: BridgeRoute): boolean {
    const destination = networkOf(family, address, prefix);
    return addRoute(this.need.rtnetlink, { family, destination, prefix, gateway, ...(metric !== undefined && { metric }) });
  }
}

const answer = (changed: boolean): EnsureAnswer => ({ changed, warnings: [] });

const isSame = (one: BridgeAddress, other: BridgeAddress): boolean =>
  one.family === other.family &&
  one.prefix === other.prefix &&
  networkOf(one.family, one.address, 128) === networkOf(other.family, other.address, 128);
