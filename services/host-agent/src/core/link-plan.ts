/** What a host's links should be, as plain values. Addresses are text as in the XML; MACs are lower-case `aa:bb:cc:dd:ee:ff`. */

export type AddressFamily = 'ipv4' | 'ipv6';

/** Who fills a bridge's forwarding table: libvirt `formatnetwork`, `<bridge macTableManager>`. Absent means `kernel`. */
export type MacTableManager = 'kernel' | 'libvirt';

/** One interface of a domain, plugged into a bridge of this host by a tap. */
export interface TapPlan {
  /** The interface's model as written in the XML; absent when the XML names none. Decides IFF_VNET_HDR. */
  readonly model?: string;
  /** The guest's MAC. The tap itself gets another one: see `tapMac`. */
  readonly mac: string;
  readonly bridge: string;
  /** `<target dev>`: a fixed name, or a template such as `mytap%d` that the kernel fills in. Absent: the next `vnetN`. */
  readonly target?: string;
  /** A name that was held for this tap (`Links.holdName`); `target` then counts no more. */
  readonly name?: string;
  readonly macTableManager?: MacTableManager;
  /** The interface's own `<mtu>`, in bytes. Absent: the tap keeps the bridge's. */
  readonly mtu?: number;
  /** Queue pairs, 1 to 256; absent means 1. More than one asks for IFF_MULTI_QUEUE. */
  readonly queues?: number;
  readonly isolated?: boolean;
}

/** A macvtap on a link of the host. */
export interface MacvtapPlan {
  readonly name: string;
  readonly parent: string;
  readonly mode: 'vepa' | 'private' | 'bridge' | 'passthrough';
  readonly mac: string;
  readonly model?: string;
  readonly queues?: number;
}

export interface BridgeAddress {
  readonly family: AddressFamily;
  readonly address: string;
  readonly prefix: number;
}

export interface BridgeRoute {
  readonly family: AddressFamily;
  readonly address: string;
  readonly prefix: number;
  readonly gateway: string;
  readonly metric?: number;
}

/** A bridge that belongs to a network of mode none, nat, route or open. */
export interface BridgePlan {
  readonly name: string;
  readonly mac: string;
  /** Bytes. Set explicitly, it stops the kernel from lowering the bridge's MTU to that of its ports. */
  readonly mtu?: number;
  readonly stp: boolean;
  /** Whole seconds; the kernel clamps it to 2..30 while STP is on. */
  readonly delaySeconds: number;
  readonly addresses: readonly BridgeAddress[];
  readonly routes?: readonly BridgeRoute[];
  /** True when the network's macTableManager is `libvirt`. */
  readonly vlanFiltering: boolean;
  /** Which families the host must forward: modes nat, route and open. */
  readonly forwarding?: { readonly ipv4: boolean; readonly ipv6: boolean };
}

export interface FirewallAddress extends BridgeAddress {
  /** True when this address has a `<tftp root>`. */
  readonly tftp?: boolean;
}

/** The packet filter of one network. Mode `open` has none. */
export interface FirewallPlan {
  readonly bridge: string;
  readonly mode: 'none' | 'nat' | 'route' | 'open';
  /** `<forward dev>`: the only device that the network may be forwarded to. */
  readonly forwardDevice?: string;
  readonly addresses: readonly FirewallAddress[];
  /** `<nat>` of mode nat. Addresses are IPv4; ports default to 1024..65535. */
  readonly nat?: {
    readonly ipv6?: boolean;
    readonly addresses?: { readonly start: string; readonly end: string };
    readonly ports?: { readonly start: number; readonly end: number };
  };
  /** `<network ipv6='yes'>`: guests may speak IPv6 to each other though the host has no IPv6 address there. */
  readonly guestIpv6?: boolean;
}

/** The DHCP and DNS server of one network. The texts come from the network's definition; paths in them are `dnsmasqFiles`'. */
export interface DnsmasqPlan {
  /** The network's name. It must not contain `/`. */
  readonly network: string;
  readonly configText: string;
  /** `dhcp-hostsfile`, re-read on SIGHUP. */
  readonly hostsText?: string;
  /** `addn-hosts`, re-read on SIGHUP. */
  readonly addnHostsText?: string;
}

export interface DhcpLease {
  /** Seconds since the epoch; 0 never expires. */
  readonly expiry: number;
  readonly family: AddressFamily;
  /** Absent for DHCPv6, whose leases carry a DUID and an IAID instead. */
  readonly mac?: string;
  readonly iaid?: number;
  readonly address: string;
  readonly hostname?: string;
  readonly clientId?: string;
}
