import { isSeenFrom, Refusal, type AllocatePorts, type CreatePort, type NetworkRecord } from '@virtbus/contracts';
import type { Networks } from './ports.js';

type Domain = Pick<AllocatePorts, 'domain'>;
type Hand = Pick<CreatePort, 'networkUuid' | 'byHand'>;

/**
 * The network that an interface names, for a domain that is to be plugged into it now. Whoever defined the domain may have seen another
 * network of that name: whose it is counts now.
 * @throws Refusal no_network, also when it belongs to another project; operation_invalid when it is not active
 */
export async function networkFor(of: Domain, name: string, networks: Networks): Promise<NetworkRecord> {
  const known = await networks.named(name);
  const record = known?.active ? known : await networks.namedFresh(name);
  if (!record || !(await sees(of, record, networks))) throw await noNetwork(of, name, networks);
  if (record.active) return record;
  throw notActive(name);
}

/** The fleet's own networks are there for all, and for a domain of the fleet's own all networks are. */
async function sees({ domain }: Domain, network: NetworkRecord, networks: Networks): Promise<boolean> {
  if (network.project === undefined) return true;
  const owner = await networks.ownerOf(domain);
  return owner !== undefined && isSeenFrom(owner.project === undefined ? 'all' : [owner.project], network, true);
}

/**
 * The network of a port that is made by hand, for whoever's it is to be.
 * @throws Refusal no_network, also when it belongs to another project; operation_invalid when it is not active
 */
export async function networkForHand({ networkUuid, byHand }: Hand, networks: Pick<Networks, 'byUuid'>): Promise<NetworkRecord> {
  const record = await networks.byUuid(networkUuid);
  if (!record || !isSeenFrom(byHand.project === undefined ? 'all' : [byHand.project], record, true))
    throw new Refusal('no_network', `Network not found: no network with matching uuid '${networkUuid}'`);
  if (record.active) return record;
  throw notActive(record.name);
}

const notActive = (name: string): Refusal =>
  new Refusal('operation_invalid', `Requested operation is not valid: network '${name}' is not active`, { domain: 19 });

/** In the same words whether it is not there or another project's. */
async function noNetwork({ domain }: Domain, name: string, networks: Networks): Promise<Refusal> {
  const project = (await networks.ownerOf(domain))?.project;
  const among = project === undefined ? '' : ` among those that the project '${project}' sees`;
  return new Refusal('no_network', `Network not found: no network with matching name '${name}'${among}`);
}
