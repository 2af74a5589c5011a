import { checkRange, range as rangeSpec, type DhcpRange } from '../dhcp.js';
import type { NetworkDef } from '../network.js';
import { added, impossible, invalid, without, type Change } from './change.js';
import { readFragment } from './fragment.js';
import { mustLendAlone, parentIp, withDhcp } from './parent-ip.js';

export function updateDhcpRanges(change: Change): NetworkDef {
  const { network, command, xml } = change;
  const parent = parentIp(change);
  const { value: given, at } = readFragment(rangeSpec, 'range', change);
  checkRange(given, { owner: parent.ip, at });
  if (command === 'modify') throw impossible('dhcp ranges cannot be modified, only added or deleted');
  const ranges = parent.ip.dhcp?.range ?? [];
  const index = ranges.findIndex((one) => sameEnds(one, given));
  if (command === 'delete') {
    if (index < 0) throw invalid(`couldn't locate a matching dhcp range entry in network '${network.name}'`);
    return withDhcp(network, parent, { range: without(ranges, index) });
  }
  mustLendAlone(change, parent);
  if (index >= 0) throw invalid(`there is an existing dhcp range entry in network '${network.name}' that matches "${xml.trim()}"`);
  return withDhcp(network, parent, { range: added(ranges, given, command) });
}

const sameEnds = (a: DhcpRange, b: DhcpRange): boolean => a.start === b.start && a.end === b.end;
