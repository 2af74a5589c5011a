import {
  addForwarding,
  createVxlan,
  EVERYBODY,
  getLink,
  getVxlan,
  listForwarding,
  listNeighbours,
  listTunnels,
  NetlinkError,
  putNeighbour,
  putTunnel,
  removeForwarding,
  removeNeighbour,
  removeTunnel,
  replaceForwarding,
  setLink,
  setPortFlags,
  type Link,
  type LinkRemoval,
  type Neighbour,
  type PortFlags,
  type Rtnetlink,
  type TunnelEntry,
} from '@virtbus/netlink';
import { overlayLink, type OverlayPlan } from '../core/overlay-plan.js';
import { LinkError, step, stepAsync } from './link-error.js';
import type { EnsureAnswer } from './links.js';

/** Broadcasts pass, to the hosts of the network; unknown MACs do not, and who asks for a known address is answered here. */
const portFlags: Partial<PortFlags> = {
  learning: false,
  unicastFlood: false,
  neighSuppress: true,
  broadcastFlood: true,
  multicastFlood: true,
};

/** The kernel's table, written out: what is there, what is wanted, how to make one and take one away. */
interface Table<T> {
  readonly keyOf: (entry: T) => string;
  readonly present: readonly T[];
  readonly wanted: readonly T[];
  readonly put: (entry: T) => void;
  readonly remove: (entry: T) => void;
}

/** The VXLAN link of each network that spans hosts, and the three tables that say where everything is. What differs is put right. */
export class Overlays {
  constructor(private readonly need: { readonly rtnetlink: Rtnetlink; readonly removal: LinkRemoval }) {}

  async ensure(plan: OverlayPlan): Promise<EnsureAnswer> {
    const bridge = step(`look for ${plan.bridge}`, () => getLink(this.need.rtnetlink, plan.bridge));
    if (!bridge) throw new LinkError('bridge_missing', `there is no bridge ${plan.bridge} to join to other hosts`);
    const made = await this.link(plan);
    const changedPort = this.join(made.link, bridge, plan.mtu);
    const changes = step(`tell ${plan.link} where each guest is`, () => this.fill(plan, made.link, bridge));
    return { changed: made.isNew || changedPort || changes > 0, warnings: [] };
  }

  /** Only says where each guest is; does nothing unless link and bridge are there. Sooner than `ensure`, which waits its turn. */
  update(plan: OverlayPlan): void {
    step(`tell ${plan.link} where each guest is`, () => {
      const bridge = getLink(this.need.rtnetlink, plan.bridge);
      const link = getLink(this.need.rtnetlink, plan.link);
      if (bridge && link?.master === bridge.index) this.fill(plan, link, bridge);
    });
  }

  /** Succeeds when it is already gone. */
  async remove(vni: number): Promise<void> {
    const name = overlayLink(vni);
    const settings = step(`look for ${name}`, () => getVxlan(this.need.rtnetlink, name));
    if (settings) await stepAsync(`remove ${name}`, () => this.need.removal.remove(name));
  }

  private async link(plan: OverlayPlan): Promise<{ readonly link: Link; readonly isNew: boolean }> {
    const { rtnetlink } = this.need;
    const { link: name, vni, local, port } = plan;
    const held = step(`look for ${name}`, () => getVxlan(rtnetlink, name));
    const fits = held?.vni === vni && held.port === port && held.local === local && !held.learning;
    if (held && !fits) await this.remove(vni);
    if (!fits)
      step(`make ${name}`, () => createVxlan(rtnetlink, { name, vni, local, port, ...(plan.mtu === undefined ? {} : { mtu: plan.mtu }) }));
    const link = step(`look for ${name}`, () => getLink(rtnetlink, name));
    if (!link) throw new LinkError('system', `${name} went away while it was made`);
    return { link, isNew: !fits };
  }

  private join(link: Link, bridge: Link, mtu: number | undefined): boolean {
    const { rtnetlink } = this.need;
    const isThere = link.master === bridge.index;
    const port = isThere ? link.port : undefined;
    const differs = Object.entries(portFlags).some(([flag, value]) => port?.[flag as keyof PortFlags] !== value);
    step(`join ${link.name} to ${bridge.name}`, () => {
      if (mtu !== undefined && link.mtu !== mtu) setLink(rtnetlink, link, { mtu });
      if (!isThere) setLink(rtnetlink, link, { master: bridge.index });
      if (differs) setPortFlags(rtnetlink, link, portFlags);
      if (!link.up) setLink(rtnetlink, link, { up: true });
    });
    return !isThere || differs || !link.up;
  }

  /** Tunnels before the bridge's entries and after them: a frame that the bridge sends to the tunnel finds its way there, or is not sent. */
  private fill(plan: OverlayPlan, link: Link, bridge: Link): number {
    const { rtnetlink } = this.need;
    const tunnels: Table<TunnelEntry> = {
      keyOf: ({ mac, via }) => `${mac} ${via}`,
      present: listTunnels(rtnetlink, link),
      wanted: [...plan.peers.map((via) => ({ mac: EVERYBODY, via })), ...plan.remote],
      put: (entry) => putTunnel(rtnetlink, link, entry),
      remove: (entry) => removeTunnel(rtnetlink, link, entry),
    };
    const forwarding: Table<string> = {
      keyOf: (mac) => mac,
      present: listForwarding(rtnetlink, bridge)
        .filter((entry) => entry.port === link.index && entry.state === 'static')
        .map((entry) => entry.mac),
      wanted: plan.remote.map((entry) => entry.mac),
      put: (mac) => addForwarding(rtnetlink, link, mac) || replaceForwarding(rtnetlink, link, mac),
      remove: (mac) => removeForwarding(rtnetlink, link, mac),
    };
    const neighbours: Table<Neighbour> = {
      keyOf: ({ address, mac }) => `${address} ${mac}`,
      present: listNeighbours(rtnetlink, bridge),
      wanted: plan.neighbours,
      put: (entry) => putNeighbour(rtnetlink, bridge, entry),
      remove: (entry) => removeNeighbour(rtnetlink, bridge, entry),
    };
    const added = add(tunnels) + add(forwarding);
    const gone = drop(forwarding) + drop({ ...tunnels, present: withoutReplaced(tunnels) });
    return added + gone + drop(neighbours) + add(neighbours);
  }
}

const missing = <T>({ keyOf, present, wanted }: Table<T>): T[] => {
  const held = new Set(present.map(keyOf));
  return wanted.filter((entry) => !held.has(keyOf(entry)));
};

function add<T>(table: Table<T>): number {
  const entries = missing(table);
  entries.forEach(table.put);
  return entries.length;
}

function drop<T>(table: Table<T>): number {
  const entries = missing({ ...table, present: table.wanted, wanted: table.present });
  entries.forEach((entry) => ignoreAbsent(() => table.remove(entry)));
  return entries.length;
}

/** A MAC that has moved has its one entry changed already. */
function withoutReplaced({ present, wanted }: Table<TunnelEntry>): TunnelEntry[] {
  const moved = new Set(wanted.filter(({ mac }) => mac !== EVERYBODY).map(({ mac }) => mac));
  return present.filter((entry) => !moved.has(entry.mac));
}

function ignoreAbsent(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof NetlinkError) || error.code !== 'ENOENT') throw error;
  }
}
