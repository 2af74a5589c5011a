import * as contracts from '@virtbus/contracts';
import type { Bus, View } from '@virtbus/messaging';

type ByUuid = { readonly uuid: string };
type ByHost = { readonly hostId: string };

/** Everything that is known of the fleet, kept in memory and up to date: each bucket once, however many read it. */
export interface FleetViews {
  readonly domains: View<contracts.DomainRecord, ByUuid>;
  readonly placements: View<contracts.Placement, ByUuid>;
  readonly states: View<contracts.DomainState, ByUuid>;
  readonly networks: View<contracts.NetworkRecord, ByUuid>;
  readonly hosts: View<contracts.HostFacts, ByHost>;
  readonly wishes: View<contracts.HostWish, ByHost>;
  readonly claims: View<contracts.HostClaims, ByHost>;
  readonly hostNetworks: View<contracts.HostNetworkRecord, ByHost & ByUuid>;
  readonly ports: View<contracts.PortRecord, { readonly networkUuid: string; readonly mac: string }>;
  readonly emulators: View<contracts.EmulatorFacts, ByHost>;
  readonly secrets: View<contracts.SecretRecord, ByUuid>;
  readonly pools: View<contracts.PoolRecord, ByUuid>;
  readonly hostPools: View<contracts.HostPoolRecord, ByHost & ByUuid>;
  /** Filters that were put on links by hand. */
  readonly bindings: View<contracts.BindingRecord, ByHost & { readonly link: string }>;
  readonly volumes: View<contracts.VolumeRecord, ByHost & { readonly pool: string; readonly name: string }>;
}

/** For injection: the views are values, and have no class. */
export const FLEET_VIEWS = Symbol('fleet views');

export async function openFleetViews(bus: Bus): Promise<FleetViews> {
  const opening = {
    domains: bus.bucket(contracts.domainRecords).view(),
    placements: bus.bucket(contracts.placements).view(),
    states: bus.bucket(contracts.domainStatesBucket).view(),
    networks: bus.bucket(contracts.networkRecords).view(),
    hosts: bus.bucket(contracts.hostFacts).view(),
    wishes: bus.bucket(contracts.hostWishes).view(),
    claims: bus.bucket(contracts.hostClaims).view(),
    hostNetworks: bus.bucket(contracts.hostNetworks).view(),
    ports: bus.bucket(contracts.portRecords).view(),
    emulators: bus.bucket(contracts.emulatorFacts).view(),
    secrets: bus.bucket(contracts.secretRecords).view(),
    pools: bus.bucket(contracts.poolRecords).view(),
    hostPools: bus.bucket(contracts.hostPools).view(),
    bindings: bus.bucket(contracts.bindingRecords).view(),
    volumes: bus.bucket(contracts.volumeRecords).view(),
  };
  await Promise.all(Object.values(opening));
  return {
    domains: await opening.domains,
    placements: await opening.placements,
    states: await opening.states,
    networks: await opening.networks,
    hosts: await opening.hosts,
    wishes: await opening.wishes,
    claims: await opening.claims,
    hostNetworks: await opening.hostNetworks,
    ports: await opening.ports,
    emulators: await opening.emulators,
    secrets: await opening.secrets,
    pools: await opening.pools,
    hostPools: await opening.hostPools,
    bindings: await opening.bindings,
    volumes: await opening.volumes,
  };
}
