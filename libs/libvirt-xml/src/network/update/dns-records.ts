import { defined } from '../../model/defined.js';
import { host, hostPattern, srv, srvPattern, txt, txtPattern, type NetworkDns } from '../dns.js';
import type { NetworkDef } from '../network.js';
import { added, impossible, invalid, isAddition, without, type Change } from './change.js';
import { readFragment } from './fragment.js';

const none: NetworkDns = { forwarder: [], txt: [], srv: [], host: [] };

export function updateDnsHosts(change: Change): NetworkDef {
  const { network, command } = change;
  const hosts = (network.dns ?? none).host;
  if (isAddition(command)) {
    const { value } = readFragment(host, 'host', change);
    // The same name may have several addresses.
    const taken = hosts.some(({ ip }) => ip === value.ip);
    if (taken) throw invalid(`there is already at least one DNS HOST record with a matching field in network ${network.name}`);
    return withDns(network, { host: added(hosts, value, command) });
  }
  const { value } = readFragment(hostPattern, 'host', change);
  forbidModify(change, 'DNS HOST records');
  const found = hosts.filter(({ ip, hostname }) => ip === value.ip || hostname.some((name) => value.hostname.includes(name)));
  const [only, ...more] = found;
  if (!only) throw invalid(`couldn't locate a matching DNS HOST record in network ${network.name}`);
  if (more.length > 0) throw invalid(`multiple matching DNS HOST records were found in network ${network.name}`);
  return withDns(network, { host: without(hosts, hosts.indexOf(only)) });
}

export function updateDnsTxts(change: Change): NetworkDef {
  const { network, command } = change;
  const records = (network.dns ?? none).txt;
  if (isAddition(command)) {
    const { value } = readFragment(txt, 'txt', change);
    const taken = records.some(({ name }) => name === value.name);
    if (taken) throw invalid(`there is already a DNS TXT record with name '${value.name}' in network ${network.name}`);
    return withDns(network, { txt: added(records, value, command) });
  }
  const { value } = readFragment(txtPattern, 'txt', change);
  forbidModify(change, 'DNS TXT records');
  const index = records.findIndex(({ name }) => name === value.name);
  if (index < 0) throw invalid(`couldn't locate a matching DNS TXT record in network ${network.name}`);
  return withDns(network, { txt: without(records, index) });
}

type Service = NetworkDns['srv'][number];

export function updateDnsServices(change: Change): NetworkDef {
  const { network, command } = change;
  const records = (network.dns ?? none).srv;
  if (isAddition(command)) {
    const { value } = readFragment(srv, 'srv', change);
    const taken = records.some((one) => isLike(one, value));
    if (taken) throw invalid(`there is already at least one DNS SRV record matching all specified fields in network ${network.name}`);
    return withDns(network, { srv: added(records, value, command) });
  }
  const { value } = readFragment(srvPattern, 'srv', change);
  forbidModify(change, 'DNS SRV records');
  const [only, ...more] = records.filter((one) => isLike(one, value));
  if (!only) throw invalid(`couldn't locate a matching DNS SRV record in network ${network.name}`);
  if (more.length > 0) throw invalid(`multiple DNS SRV records matching all specified fields were found in network ${network.name}`);
  return withDns(network, { srv: without(records, records.indexOf(only)) });
}

/** Whether a record has all that is given of these four; port, priority and weight do not tell records apart. */
const isLike = (one: Service, given: Partial<Service>): boolean =>
  (['domain', 'service', 'protocol', 'target'] as const).every((key) => given[key] === undefined || given[key] === one[key]);

function forbidModify({ command }: Change, what: string): void {
  if (command === 'modify') throw impossible(`${what} cannot be modified, only added or deleted`);
}

/** The network with other records; nothing to say is no `<dns>`. */
function withDns(network: NetworkDef, changes: Partial<NetworkDns>): NetworkDef {
  const next = { ...none, ...network.dns, ...changes };
  const empty =
    next.enable === undefined &&
    next.forwardPlainNames === undefined &&
    next.forwarder.length + next.txt.length + next.srv.length + next.host.length === 0;
  const { dns: _, ...rest } = network;
  return { ...rest, ...defined({ dns: empty ? undefined : next }) };
}
