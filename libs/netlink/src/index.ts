/** Linux links, bridges, taps, forwarding entries, addresses and routes over rtnetlink and ioctl, in a network namespace of choice. */
export { addAddress, listAddresses, removeAddress, type LinkAddress } from './addresses.js';
export { createBridge, setBridge, setPortFlags, setVlanFiltering, type BridgeAttributes } from './bridges.js';
export { addForwarding, getForwarding, listForwarding, removeForwarding, replaceForwarding, type ForwardingEntry } from './forwarding.js';
export type { BridgeState, Link, MacvlanMode, MacvlanState, PortFlags, TunState } from './link.js';
export { watchLinks, type LinkEvent } from './link-changes.js';
export { getLinkStatistics, type LinkStatistics } from './link-statistics.js';
export { LinkRemoval } from './link-removal.js';
export { getLink, listLinks, setLink, type LinkChange, type LinkRef } from './links.js';
export { createMacvtap, openMacvtap, type MacvtapAttributes, type MacvtapRequest } from './macvtap.js';
export { getRxFrames, setRxFrames } from './coalescing.js';
export { addMulticast, listMulticast, removeMulticast } from './multicast.js';
export { formatAddress, networkOf, parseAddress, parseMac, type Family } from './net-text.js';
export { NftGeneration } from './nftables.js';
export { PacketLog, type LoggedPacket } from './packet-log.js';
export { watchPorts, type PortEvent } from './port-changes.js';
export { addRoute, listRoutes, type Route } from './routes.js';
export { NetlinkError, Rtnetlink } from './rtnetlink.js';
export type { Traffic } from './counted.js';
export type { Transport } from './transport.js';
export { readSysctl, writeSysctl, type SysctlPath } from './sysctl.js';
export { openTap, type Tap, type TapRequest } from './tap.js';
export { createIfb } from './ifb.js';
export {
  addClassFilter,
  addIngress,
  addPolice,
  addQueue,
  addRedirect,
  listClasses,
  listIngressFilters,
  listQdiscs,
  removeClass,
  removeClassFilter,
  removeIngress,
  removeRootQdisc,
  setHtbClass,
  setHtbRoot,
  type HtbClass,
  type IngressFilter,
  type Qdisc,
} from './traffic.js';
export { listVirtualFunctions, setVirtualFunction, type VirtualFunction, type VirtualFunctionChange } from './virtual-functions.js';
export {
  createVxlan,
  EVERYBODY,
  getVxlan,
  listNeighbours,
  listTunnels,
  putNeighbour,
  putTunnel,
  removeNeighbour,
  removeTunnel,
  type Neighbour,
  type TunnelEntry,
  type VxlanSettings,
} from './vxlan.js';
