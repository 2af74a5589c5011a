import {
  AF_BRIDGE,
  IFF_ALLMULTI,
  IFF_MULTICAST,
  IFF_MULTI_QUEUE,
  IFF_NO_PI,
  IFF_PROMISC,
  IFF_UP,
  IFF_VNET_HDR,
  IFLA,
  IFLA_BR,
  IFLA_BRPORT,
  IFLA_INFO,
  IFLA_MACVLAN,
  IFLA_TUN,
  MACVLAN_MODE,
  RTM_NEWLINK,
} from './constants.js';
import { attributesIn, byteOf, nested, numberOf, optional, textOf, type Attributes } from './decode.js';
import { formatMac } from './net-text.js';

/** A network device as the kernel describes it in RTM_NEWLINK. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** Absent for links without a six-octet address. */
  readonly mac?: string;
  readonly mtu: number;
  /** Administratively up (IFF_UP); says nothing of carrier. */
  readonly up: boolean;
  /** What the link has been told to take beside frames for itself. */
  readonly promiscuous: boolean;
  readonly allMulticast: boolean;
  readonly multicast: boolean;
  /** The index of the bridge, bond … that this link is a port of. */
  readonly master?: number;
  /** The index of the link below: of a macvtap its parent, of a veth its peer. */
  readonly parent?: number;
  /** `bridge`, `tun`, `veth` …; absent for hardware and loopback. */
  readonly kind?: string;
  readonly group: number;
  readonly bridge?: BridgeState;
  readonly port?: PortFlags;
  readonly tun?: TunState;
  readonly macvlan?: MacvlanState;
}

/** What frames of several links on one parent do: ip-link(8), "MACVLAN and MACVTAP Type Support". */
export type MacvlanMode = keyof typeof MACVLAN_MODE;

export interface MacvlanState {
  /** Absent for modes of later kernels and for `source`. */
  readonly mode?: MacvlanMode;
}

export interface BridgeState {
  readonly forwardDelayCs: number;
  readonly stp: boolean;
  /** A kernel built without VLAN filtering shows false, or nothing. */
  readonly vlanFiltering?: boolean;
}

/** Of a bridge's port (ip-link(8), "bridge_slave"); the names are the kernel's. */
export interface PortFlags {
  readonly learning: boolean;
  readonly unicastFlood: boolean;
  readonly multicastFlood: boolean;
  readonly broadcastFlood: boolean;
  readonly isolated: boolean;
  readonly hairpin: boolean;
  readonly guard: boolean;
  readonly neighSuppress: boolean;
  /** Absent before Linux 5.18. */
  readonly locked?: boolean;
}

export interface TunState {
  readonly type: 'tun' | 'tap';
  /** Flags as TUNSETIFF takes them (linux/if_tun.h), and as sysfs shows them in `tun_flags`. IFF_PERSIST is `persistent`. */
  readonly flags: number;
  readonly persistent: boolean;
  /** Present for multi-queue links. */
  readonly queues?: number;
}

const linkHeaderBytes = 16;
const tapType = 2;

/** Reads RTM_NEWLINK; other messages, and the bridge family's own view of a port, read as undefined. @throws MalformedMessage */
export function readLink(payload: Buffer, type: number): Link | undefined {
  if (type !== RTM_NEWLINK) return undefined;
  const attributes = attributesIn(payload, linkHeaderBytes);
  const name = textOf(attributes.get(IFLA.IFNAME));
  if (name === undefined || payload[0] === AF_BRIDGE) return undefined;
  const details = nested(attributes.get(IFLA.LINKINFO));
  const flags = payload.readUInt32LE(8);
  return {
    index: payload.readInt32LE(4),
    name,
    mtu: numberOf(attributes.get(IFLA.MTU)) ?? 0,
    up: (flags & IFF_UP) !== 0,
    promiscuous: (flags & IFF_PROMISC) !== 0,
    allMulticast: (flags & IFF_ALLMULTI) !== 0,
    multicast: (flags & IFF_MULTICAST) !== 0,
    group: numberOf(attributes.get(IFLA.GROUP)) ?? 0,
    ...optional('mac', formatMac(attributes.get(IFLA.ADDRESS))),
    ...optional('master', numberOf(attributes.get(IFLA.MASTER))),
    ...optional('parent', numberOf(attributes.get(IFLA.LINK))),
    ...optional('kind', textOf(details.get(IFLA_INFO.KIND))),
    ...ofItsKind(details),
  };
}

function ofItsKind(details: Attributes): Pick<Link, 'bridge' | 'port' | 'tun' | 'macvlan'> {
  const kind = textOf(details.get(IFLA_INFO.KIND));
  const values = nested(details.get(IFLA_INFO.DATA));
  const isPort = textOf(details.get(IFLA_INFO.SLAVE_KIND)) === 'bridge';
  return {
    ...(kind === 'bridge' && { bridge: bridgeState(values) }),
    ...(kind === 'tun' && { tun: tunState(values) }),
    ...((kind === 'macvtap' || kind === 'macvlan') && { macvlan: macvlanState(values) }),
    ...(isPort && { port: portFlags(nested(details.get(IFLA_INFO.SLAVE_DATA))) }),
  };
}

const isSet = (attribute: Buffer | undefined): boolean => (byteOf(attribute) ?? 0) !== 0;

function bridgeState(values: Attributes): BridgeState {
  const filtering = byteOf(values.get(IFLA_BR.VLAN_FILTERING));
  return {
    forwardDelayCs: numberOf(values.get(IFLA_BR.FORWARD_DELAY)) ?? 0,
    stp: (numberOf(values.get(IFLA_BR.STP_STATE)) ?? 0) !== 0,
    ...(filtering !== undefined && { vlanFiltering: filtering !== 0 }),
  };
}

const macvlanModes = new Map<number, MacvlanMode>(Object.entries(MACVLAN_MODE).map(([name, number]) => [number, name as MacvlanMode]));

const macvlanState = (values: Attributes): MacvlanState => optional('mode', macvlanModes.get(numberOf(values.get(IFLA_MACVLAN.MODE)) ?? 0));

function portFlags(values: Attributes): PortFlags {
  const locked = byteOf(values.get(IFLA_BRPORT.LOCKED));
  return {
    learning: isSet(values.get(IFLA_BRPORT.LEARNING)),
    unicastFlood: isSet(values.get(IFLA_BRPORT.UNICAST_FLOOD)),
    multicastFlood: isSet(values.get(IFLA_BRPORT.MCAST_FLOOD)),
    broadcastFlood: isSet(values.get(IFLA_BRPORT.BCAST_FLOOD)),
    isolated: isSet(values.get(IFLA_BRPORT.ISOLATED)),
    hairpin: isSet(values.get(IFLA_BRPORT.MODE)),
    guard: isSet(values.get(IFLA_BRPORT.GUARD)),
    neighSuppress: isSet(values.get(IFLA_BRPORT.NEIGH_SUPPRESS)),
    ...(locked !== undefined && { locked: locked !== 0 }),
  };
}

function tunState(values: Attributes): TunState {
  const type = byteOf(values.get(IFLA_TUN.TYPE)) ?? 0;
  const multiQueue = isSet(values.get(IFLA_TUN.MULTI_QUEUE));
  const queues = numberOf(values.get(IFLA_TUN.NUM_QUEUES));
  return {
    type: type === tapType ? 'tap' : 'tun',
    flags:
      type |
      (isSet(values.get(IFLA_TUN.PI)) ? 0 : IFF_NO_PI) |
      (isSet(values.get(IFLA_TUN.VNET_HDR)) ? IFF_VNET_HDR : 0) |
      (multiQueue ? IFF_MULTI_QUEUE : 0),
    persistent: isSet(values.get(IFLA_TUN.PERSIST)),
    ...(multiQueue && queues !== undefined && { queues }),
  };
}
