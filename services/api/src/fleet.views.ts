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
}

/** For injection: the views are values, and have no class. */
export const FLEET_VIEWS = Symbol('fleet views');

export async function openFleetViews(bus: Bus): Promise<FleetViews> {
  const [domains, placements, states, networks, hosts, wishes, claims, hostNetworks, ports, emulators, secrets] = await Promise.all([
    bus.bucket(contracts.domainRecords).view(),
    bus.bucket(contracts.placements).view(),
    bus.bucket(contracts.domainStatesBucket).view(),
    bus.bucket(contracts.networkRecords).view(),
    bus.bucket(contracts.hostFacts).view(),
    bus.bucket(contracts.hostWishes).view(),
    bus.bucket(contracts.hostClaims).view(),
    bus.bucket(contracts.hostNetworks).view(),
    bus.bucket(contracts.portRecords).view(),
    bus.bucket(contracts.emulatorFacts).view(),
    bus.bucket(contracts.secretRecords).view(),
  ]);
  return { domains, placements, states, networks, hosts, wishes, claims, hostNetworks, ports, emulators, secrets };
}
