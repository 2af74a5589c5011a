/** Numbers of the kernel's interface, by the names of its headers. They never change. */

/** linux/netlink.h */
export const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 0x1;
export const NLM_F_MULTI = 0x2;
export const NLM_F_ACK = 0x4;
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;
export const NLM_F_CAPPED = 0x100;
export const NLM_F_ACK_TLVS = 0x200;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
export const NLM_F_APPEND = 0x800;
export const NLMSGERR_ATTR_MSG = 1;
export const NLA_F_NESTED = 0x8000;
export const NLA_TYPE_MASK = 0x3fff;
export const NETLINK_ROUTE = 0;
export const NETLINK_NETFILTER = 12;
export const SOL_NETLINK = 270;
export const NETLINK_CAP_ACK = 10;
export const NETLINK_EXT_ACK = 11;
export const NETLINK_GET_STRICT_CHK = 12;

/** linux/rtnetlink.h */
export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTM_SETLINK = 19;
export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;
export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;
export const RTM_NEWNEIGH = 28;
export const RTM_DELNEIGH = 29;
export const RTM_GETNEIGH = 30;
export const RTM_NEWQDISC = 36;
export const RTM_DELQDISC = 37;
export const RTM_GETQDISC = 38;
export const RTM_NEWTCLASS = 40;
export const RTM_DELTCLASS = 41;
export const RTM_GETTCLASS = 42;
export const RTM_NEWTFILTER = 44;
export const RTM_DELTFILTER = 45;
export const RTM_GETTFILTER = 46;
export const RTMGRP_LINK = 1;
export const RTMGRP_NEIGH = 4;
export const RTEXT_FILTER_VF = 0x1;
export const RTEXT_FILTER_SKIP_STATS = 0x8;

/** bits/socket.h */
export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_BRIDGE = 7;
export const AF_INET6 = 10;

/** net/if.h */
export const IFF_UP = 0x1;
export const IFF_PROMISC = 0x100;
export const IFF_ALLMULTI = 0x200;
export const IFF_MULTICAST = 0x1000;

/** linux/if_link.h */
export const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  PROTINFO: 12,
  LINKINFO: 18,
  NUM_VF: 21,
  VFINFO_LIST: 22,
  STATS64: 23,
  GROUP: 27,
  EXT_MASK: 29,
} as const;
export const IFLA_INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 } as const;
export const IFLA_BR = { FORWARD_DELAY: 1, STP_STATE: 5, VLAN_FILTERING: 7 } as const;
export const IFLA_BRPORT = {
  MODE: 4,
  GUARD: 5,
  LEARNING: 8,
  UNICAST_FLOOD: 9,
  MCAST_FLOOD: 27,
  BCAST_FLOOD: 30,
  NEIGH_SUPPRESS: 32,
  ISOLATED: 33,
  LOCKED: 39,
} as const;
export const IFLA_MACVLAN = { MODE: 1 } as const;
export const MACVLAN_MODE = { private: 1, vepa: 2, bridge: 4, passthrough: 8 } as const;
export const IFLA_VF_INFO = 1;
export const IFLA_VF = { MAC: 1, VLAN: 2, SPOOFCHK: 4, LINK_STATE: 5, TRUST: 9 } as const;
export const IFLA_VXLAN = { ID: 1, LOCAL: 4, LEARNING: 7, PORT: 15, LOCAL6: 17 } as const;
export const IFLA_TUN = { TYPE: 3, PI: 4, VNET_HDR: 5, PERSIST: 6, MULTI_QUEUE: 7, NUM_QUEUES: 8 } as const;

/** linux/if_addr.h */
export const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4, FLAGS: 8 } as const;
export const IFA_F_NODAD = 0x2;

/** linux/rtnetlink.h, enum rtattr_type_t */
export const RTA = { DST: 1, OIF: 4, GATEWAY: 5, PRIORITY: 6, MULTIPATH: 9, TABLE: 15 } as const;
export const RT_TABLE_MAIN = 254;
export const RTPROT_STATIC = 4;
export const RTPROT_RA = 9;
export const RTN_UNICAST = 1;

/** linux/neighbour.h */
export const NDA = { DST: 1, LLADDR: 2, VLAN: 5, IFINDEX: 8, MASTER: 9 } as const;
export const NTF_SELF = 0x2;
export const NTF_MASTER = 0x4;
export const NUD_REACHABLE = 0x2;
export const NUD_NOARP = 0x40;
export const NUD_PERMANENT = 0x80;

/** linux/netfilter/nfnetlink.h and nf_tables.h */
export const NFNL_SUBSYS_NFTABLES = 10;
export const NFT_MSG_GETGEN = 16;
export const NFTA_GEN_ID = 1;

/** linux/netfilter/nfnetlink_log.h */
export const NFNL_SUBSYS_ULOG = 4;
export const NFULNL_MSG_PACKET = 0;
export const NFULNL_MSG_CONFIG = 1;
export const NFULNL_CFG_CMD_BIND = 1;
export const NFULNL_COPY_PACKET = 2;
export const NFULA_CFG = { CMD: 1, MODE: 2, QTHRESH: 5 } as const;
export const NFULA = { IFINDEX_INDEV: 4, IFINDEX_PHYSINDEV: 6, PAYLOAD: 9, HWHEADER: 16 } as const;

/** linux/if_tun.h; ioctl numbers are _IOW('T', …) and _IOR('T', …). */
export const TUNSETIFF = 0x400454ca;
export const TUNGETFEATURES = 0x800454cf;
export const TUNSETOFFLOAD = 0x400454d0;
export const TUNGETIFF = 0x800454d2;
export const IFF_TAP = 0x2;
export const IFF_MULTI_QUEUE = 0x100;
export const IFF_NO_PI = 0x1000;
export const IFF_VNET_HDR = 0x4000;
export const IFF_TUN_EXCL = 0x8000;

/** linux/if.h: names hold 15 bytes and a NUL. */
export const IFNAMSIZ = 16;

/** bits/ioctls.h */
export const SIOCADDMULTI = 0x8931;
export const SIOCDELMULTI = 0x8932;
export const SIOCETHTOOL = 0x8946;

/** linux/ethtool.h */
export const ETHTOOL_GCOALESCE = 0x0e;
export const ETHTOOL_SCOALESCE = 0x0f;

/** linux/rtnetlink.h, linux/pkt_sched.h, linux/pkt_cls.h, linux/tc_act/tc_mirred.h */
export const TCA = { KIND: 1, OPTIONS: 2 } as const;
export const TC_H_ROOT = 0xffff_ffff;
export const TC_H_INGRESS = 0xffff_fff1;
export const TC_INGRESS = 0xffff_0000;
export const TCA_HTB = { PARMS: 1, INIT: 2, RATE64: 6, CEIL64: 7 } as const;
export const TCA_U32 = { CLASSID: 1, SEL: 5, POLICE: 6, ACT: 7 } as const;
export const TC_U32_TERMINAL = 1;
export const TCA_POLICE = { TBF: 1, RATE: 2 } as const;
export const TC_POLICE_SHOT = 2;
export const TCA_ACT = { KIND: 1, OPTIONS: 2 } as const;
export const TCA_MIRRED_PARMS = 2;
export const TC_ACT_STOLEN = 4;
export const TCA_EGRESS_REDIR = 1;
export const TC_LINKLAYER_ETHERNET = 1;
export const ETH_P_ALL = 3;
