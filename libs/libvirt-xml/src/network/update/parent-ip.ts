import { familyOf, type NetworkIp } from '../ip.js';
import { invalid, withAt, type Change } from './change.js';
import type { NetworkDef } from '../network.js';

export interface ParentIp {
  readonly index: number;
  readonly ip: NetworkIp;
}

/**
 * The `<ip>` that an update of dhcp is for: the one asked for, else the first that lends addresses, else the first of IPv4,
 * else the first.
 * @throws LibvirtError OPERATION_INVALID when there is none.
 */
export function parentIp({ network, parentIndex }: Change): ParentIp {
  const { ip: all, name } = network;
  const chosen = parentIndex >= 0 ? parentIndex : byItself(all);
  const found = all[chosen];
  const asked = parentIndex >= 0 ? ` at index ${parentIndex}` : '';
  if (!found) throw invalid(`couldn't update dhcp host entry - no <ip> element found${asked} in network '${name}'`);
  return { index: chosen, ip: found };
}

/** @throws LibvirtError OPERATION_INVALID when another address of the family lends addresses already. */
export function mustLendAlone({ network }: Change, { index, ip }: ParentIp): void {
  const family = familyOf(ip);
  const others = network.ip.filter((one, at) => at !== index && one.dhcp !== undefined && familyOf(one) === family);
  if (others.length === 0) return;
  throw invalid(`dhcp is supported only for a single ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address on each network`);
}

function byItself(all: readonly NetworkIp[]): number {
  const lending = all.findIndex(({ dhcp }) => dhcp !== undefined);
  if (lending >= 0) return lending;
  return Math.max(
    all.findIndex((one) => familyOf(one) === 'ipv4'),
    0,
  );
}

type Dhcp = NonNullable<NetworkIp['dhcp']>;

/** The network with other ranges and hosts below one of its addresses; none of either is no `<dhcp>`. */
export function withDhcp(network: NetworkDef, { index, ip }: ParentIp, changes: Partial<Pick<Dhcp, 'range' | 'host'>>): NetworkDef {
  const { dhcp, ...rest } = ip;
  const next: Dhcp = { range: [], host: [], ...dhcp, ...changes };
  const empty = next.range.length + next.host.length === 0;
  return { ...network, ip: withAt(network.ip, index, empty ? rest : { ...rest, dhcp: next }) };
}
