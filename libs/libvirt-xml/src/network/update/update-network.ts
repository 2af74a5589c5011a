/** Changes to parts of a network, as `net-update` asks for them. */
import { formatNetwork, parseNetwork } from '../../documents.js';
import type { NetworkDef } from '../network.js';
import { impossible, type Change, type UpdateRequest, type UpdateSection } from './change.js';
import { updateDhcpHosts } from './dhcp-hosts.js';
import { updateDhcpRanges } from './dhcp-ranges.js';
import { updateDnsHosts, updateDnsServices, updateDnsTxts } from './dns-records.js';
import { updateForwardInterfaces } from './forward-interfaces.js';
import { updatePortgroups } from './portgroups.js';

const updates: Partial<Record<UpdateSection, (change: Change) => NetworkDef>> = {
  'ip-dhcp-host': updateDhcpHosts,
  'ip-dhcp-range': updateDhcpRanges,
  'forward-interface': updateForwardInterfaces,
  portgroup: updatePortgroups,
  'dns-host': updateDnsHosts,
  'dns-txt': updateDnsTxts,
  'dns-srv': updateDnsServices,
};

/**
 * The network with one section changed; the network itself is left alone.
 * @throws LibvirtError OPERATION_UNSUPPORTED for a section or command that libvirt has not, OPERATION_INVALID when the entry
 * is there already, is missing or is in use, and as reading a network does for what cannot be read or would not be one.
 */
export function updateNetwork(network: NetworkDef, request: UpdateRequest): NetworkDef {
  const update = updates[request.section];
  if (!update) throw impossible(`can't update '${request.section.replace('-', ' ')}' section of network '${network.name}'`);
  const next = update({ ...request, network });
  // What came of it must be a network that can be read again.
  parseNetwork(formatNetwork(next, { flavour: 'live' }), { flavour: 'live' });
  return next;
}
