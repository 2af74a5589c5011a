import { parseIp } from '../../formats/ip.js';
import { checkHost, checkHostPattern, host as hostSpec, type DhcpHost } from '../dhcp.js';
import { familyOf } from '../ip.js';
import type { NetworkDef } from '../network.js';
import { added, invalid, isAddition, withAt, without, type Change } from './change.js';
import { readFragment } from './fragment.js';
import { mustLendAlone, parentIp, withDhcp, type ParentIp } from './parent-ip.js';

export function updateDhcpHosts(change: Change): NetworkDef {
  const parent = parentIp(change);
  const { value: given, at } = readFragment(hostSpec, 'host', change);
  const within = { owner: parent.ip, at };
  if (change.command === 'delete') checkHostPattern(given, within);
  else checkHost(given, within);
  if (isAddition(change.command)) mustLendAlone(change, parent);
  const host = nextHosts(given, parent, change);
  return withDhcp(change.network, parent, { host });
}

function nextHosts(given: DhcpHost, { ip }: ParentIp, { network, command, xml }: Change): readonly DhcpHost[] {
  const hosts = ip.dhcp?.host ?? [];
  if (command === 'delete') return without(hosts, foundBy(given, hosts, network));
  if (command === 'modify') return withAt(hosts, sharing(given, hosts, network), given);
  if (parseIp(given.ip ?? '')?.family !== familyOf(ip))
    throw invalid("the address family of a host entry IP must match the address family of the dhcp element's parent");
  if (hosts.some((one) => clashes(given, one)))
    throw invalid(`there is an existing dhcp host entry in network '${network.name}' that matches "${xml.trim()}"`);
  return added(hosts, given, command);
}

const same = (a: string | undefined, b: string | undefined): boolean => a !== undefined && a.toLowerCase() === b?.toLowerCase();
const sameIp = (a: string | undefined, b: string | undefined): boolean => a !== undefined && a === b;

const clashes = (a: DhcpHost, b: DhcpHost): boolean =>
  same(a.mac, b.mac) || sameIp(a.ip, b.ip) || (a.name !== undefined && a.name === b.name);

/** The first host that has the MAC, the address or the name. */
function sharing(given: DhcpHost, hosts: readonly DhcpHost[], { name }: NetworkDef): number {
  const index = hosts.findIndex((one) => clashes(given, one));
  if (index < 0) throw invalid(`couldn't locate an existing dhcp host entry with ${words(given)} in network '${name}'`);
  return index;
}

const words = ({ mac = '', name = '', ip = '' }: DhcpHost): string => `"mac='${mac}'" "name='${name}'" "ip='${ip}'"`;

/** The first host that has everything that is given. */
function foundBy(given: DhcpHost, hosts: readonly DhcpHost[], { name }: NetworkDef): number {
  const index = hosts.findIndex(
    (one) =>
      (given.mac === undefined || same(given.mac, one.mac)) &&
      (given.name === undefined || given.name === one.name) &&
      (given.ip === undefined || sameIp(given.ip, one.ip)),
  );
  if (index < 0) throw invalid(`couldn't locate a matching dhcp host entry in network '${name}'`);
  return index;
}
