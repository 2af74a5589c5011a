import {
  addIngress,
  addPolice,
  addQueue,
  addRedirect,
  createIfb,
  getLink,
  LinkRemoval,
  listClasses,
  listIngressFilters,
  listQdiscs,
  removeIngress,
  removeRootQdisc,
  Rtnetlink,
  setHtbClass,
  setHtbRoot,
  setLink,
  type LinkRef,
} from '@virtbus/netlink';
import { shaperName, type Flow, type FloorPlan, type Limit, type ShapePlan } from '../core/shape-plan.js';
import { LinkError, step, stepAsync } from '../links/link-error.js';
import { BridgeShape } from './bridge-shape.js';
import { asFlow, LEAF, only, ROOT } from './handles.js';
import type { Shaping } from './shaping.js';

/** The kernel rounds bursts to ticks of 64 ns. */
const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= Math.max(b / 1000, 1);

/** Shaping by HTB and, for what a link receives, by policing; where the kernel has no policing, by HTB on a link in between. */
export class HostShaping implements Shaping {
  private readonly bridges: BridgeShape;

  private constructor(
    private readonly rtnetlink: Rtnetlink,
    private readonly removal: LinkRemoval,
  ) {
    this.bridges = new BridgeShape(rtnetlink);
  }

  /** @throws LinkError when the namespace is not to be had */
  static open(netns?: string): HostShaping {
    return step('open a netlink socket', () => new HostShaping(Rtnetlink.open(netns), new LinkRemoval(netns)));
  }

  async shape(name: string, plan: ShapePlan): Promise<void> {
    const link = this.link(name);
    step(`shape what ${name} sends`, () => this.setSending(link, plan.inbound));
    await stepAsync(`limit what ${name} receives`, () => this.setReceiving(link, plan.outbound));
  }

  async unshape(name: string): Promise<void> {
    const link = step(`look for ${name}`, () => getLink(this.rtnetlink, name));
    if (link) {
      step(`stop shaping what ${name} sends`, () => this.setSending(link, undefined));
      step(`stop limiting what ${name} receives`, () => removeIngress(this.rtnetlink, link));
    }
    await stepAsync(`remove the shaper of ${name}`, () => this.removal.remove(shaperName(name)));
  }

  differences(name: string, plan: ShapePlan): readonly string[] {
    const link = this.link(name);
    const sending = step(`look how ${name} is shaped`, () => listClasses(this.rtnetlink, link));
    const receiving = step(`look how ${name} is limited`, () => this.receivingRate(link));
    const wanted = plan.inbound;
    const [found] = sending;
    return [
      ...(isSame(found, wanted) ? [] : [`the traffic towards the guest of ${name} was shaped otherwise`]),
      ...(receiving === plan.outbound?.rate ? [] : [`the traffic from the guest of ${name} was limited otherwise`]),
    ];
  }

  async shapeBridge(bridge: string, plan: ShapePlan): Promise<void> {
    const link = this.link(bridge);
    step(`shape what ${bridge} sends`, () => this.bridges.shape(link, plan.inbound));
    await stepAsync(`limit what ${bridge} receives`, () => this.setReceiving(link, plan.outbound));
  }

  addFloor(bridge: string, floor: FloorPlan): void {
    const link = this.link(bridge);
    step(`guarantee traffic of ${bridge} to ${floor.mac}`, () => this.bridges.addFloor(link, floor));
  }

  removeFloor(bridge: string, minor: number): void {
    const link = step(`look for ${bridge}`, () => getLink(this.rtnetlink, bridge));
    if (link) step(`give back class ${minor} of ${bridge}`, () => this.bridges.removeFloor(link, minor));
  }

  hasFloor(bridge: string, floor: FloorPlan): boolean {
    const link = step(`look for ${bridge}`, () => getLink(this.rtnetlink, bridge));
    return link !== undefined && step(`look at the classes of ${bridge}`, () => this.bridges.hasFloor(link, floor));
  }

  async close(): Promise<void> {
    await this.removal.close();
    this.rtnetlink.close();
  }

  private setSending(link: LinkRef, flow: Flow | undefined): void {
    const { rtnetlink } = this;
    const shaped = listQdiscs(rtnetlink, link).some(({ kind, handle }) => kind === 'htb' && handle === ROOT);
    if (!flow) {
      if (shaped) removeRootQdisc(rtnetlink, link);
      return;
    }
    if (!shaped) setHtbRoot(rtnetlink, link, { handle: ROOT, defaultMinor: only });
    setHtbClass(rtnetlink, link, asFlow(flow, { handle: ROOT | only, parent: ROOT }));
    if (!shaped) addQueue(rtnetlink, link, { handle: LEAF, parent: ROOT | only });
  }

  private async setReceiving(link: LinkRef, limit: Limit | undefined): Promise<void> {
    if (!limit) {
      if (removeIngress(this.rtnetlink, link)) await this.removal.remove(shaperName(link.name));
      return;
    }
    const shaper = getLink(this.rtnetlink, shaperName(link.name));
    const [filter] = listIngressFilters(this.rtnetlink, link);
    if (shaper && filter?.redirectTo === shaper.index) return this.setShaper(shaper, limit);
    removeIngress(this.rtnetlink, link);
    addIngress(this.rtnetlink, link);
    if (addPolice(this.rtnetlink, link, limit) === 'unsupported') this.redirect(link, limit);
  }

  /** The link in between shapes before anything is handed to it. */
  private redirect(link: LinkRef, limit: Limit): void {
    const name = shaperName(link.name);
    createIfb(this.rtnetlink, name);
    const shaper = this.link(name);
    this.setShaper(shaper, limit);
    setLink(this.rtnetlink, shaper, { up: true });
    addRedirect(this.rtnetlink, link, shaper);
  }

  private setShaper(shaper: LinkRef, { rate, burstBytes }: Limit): void {
    this.setSending(shaper, { rate, ceil: rate, burstBytes, quantum: Math.max(Math.floor(rate / 8 / 1500), 1) });
  }

  private receivingRate(link: LinkRef): number | undefined {
    const [filter] = listIngressFilters(this.rtnetlink, link);
    if (filter?.redirectTo === undefined) return filter?.policedRate;
    const shaper = getLink(this.rtnetlink, filter.redirectTo);
    return shaper?.name === shaperName(link.name) && shaper.up ? listClasses(this.rtnetlink, shaper)[0]?.rate : undefined;
  }

  private link(name: string): LinkRef {
    const link = step(`look for ${name}`, () => getLink(this.rtnetlink, name));
    if (!link) throw new LinkError('tap_missing', `there is no link ${name} to shape`);
    return link;
  }
}

function isSame(found: Flow | undefined, wanted: Flow | undefined): boolean {
  if (!found || !wanted) return found === wanted;
  const bursts = wanted.burstBytes === undefined || isNear(found.burstBytes ?? 0, wanted.burstBytes);
  return found.rate === wanted.rate && found.ceil === wanted.ceil && bursts;
}
