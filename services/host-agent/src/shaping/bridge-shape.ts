import {
  addClassFilter,
  addQueue,
  listClasses,
  listQdiscs,
  removeClass,
  removeClassFilter,
  removeRootQdisc,
  setHtbClass,
  setHtbRoot,
  type HtbClass,
  type LinkRef,
  type Rtnetlink,
} from '@virtbus/netlink';
import { remainderOf, type Flow, type FloorPlan } from '../core/shape-plan.js';
import { LinkError } from '../links/link-error.js';
import { asFlow, FIRST_FLOOR, LEAF, only, OTHERS, ROOT } from './handles.js';

/**
 * What a network's bridge sends to its guests, in classes: 1:1 all of it, below it 1:2 and a class for each floor. The kernel's classes
 * are the only memory of them.
 */
export class BridgeShape {
  constructor(private readonly rtnetlink: Rtnetlink) {}

  shape(bridge: LinkRef, flow: Flow | undefined): void {
    const { rtnetlink } = this;
    const shaped = listQdiscs(rtnetlink, bridge).some(({ kind, handle }) => kind === 'htb' && handle === ROOT);
    if (!flow) {
      if (shaped) removeRootQdisc(rtnetlink, bridge);
      return;
    }
    if (!shaped) setHtbRoot(rtnetlink, bridge, { handle: ROOT, defaultMinor: OTHERS });
    setHtbClass(rtnetlink, bridge, asFlow(flow, { handle: ROOT | only, parent: ROOT }));
    this.setOthers(bridge, flow);
    if (!shaped) addQueue(rtnetlink, bridge, { handle: LEAF, parent: ROOT | OTHERS });
  }

  addFloor(bridge: LinkRef, { minor, mac, rate, quantum }: FloorPlan): void {
    const { rtnetlink } = this;
    const all = this.all(bridge);
    setHtbClass(rtnetlink, bridge, { handle: ROOT | minor, parent: ROOT | only, rate, ceil: all.ceil, quantum });
    addQueue(rtnetlink, bridge, { handle: minor << 16, parent: ROOT | minor });
    removeClassFilter(rtnetlink, bridge, { root: ROOT, minor });
    addClassFilter(rtnetlink, bridge, { mac, root: ROOT, minor });
    this.setOthers(bridge, all);
  }

  removeFloor(bridge: LinkRef, minor: number): void {
    removeClassFilter(this.rtnetlink, bridge, { root: ROOT, minor });
    removeClass(this.rtnetlink, bridge, ROOT | minor);
    const all = listClasses(this.rtnetlink, bridge).find(({ handle }) => handle === (ROOT | only));
    if (all) this.setOthers(bridge, all);
  }

  hasFloor(bridge: LinkRef, { minor, rate }: FloorPlan): boolean {
    return listClasses(this.rtnetlink, bridge).some((one) => one.handle === (ROOT | minor) && one.rate === rate);
  }

  private setOthers(bridge: LinkRef, all: Flow): void {
    const floors = listClasses(this.rtnetlink, bridge).filter(({ handle }) => (handle & 0xffff) >= FIRST_FLOOR);
    const rate = remainderOf(
      all.ceil,
      floors.map((one) => one.rate),
    );
    setHtbClass(this.rtnetlink, bridge, { handle: ROOT | OTHERS, parent: ROOT | only, rate, ceil: all.ceil, quantum: all.quantum });
  }

  private all(bridge: LinkRef): HtbClass {
    const all = listClasses(this.rtnetlink, bridge).find(({ handle }) => handle === (ROOT | only));
    if (!all) throw new LinkError('system', `cannot guarantee traffic on ${bridge.name}: the bridge is not shaped`);
    return all;
  }
}
