import { defined, type PortAddress, type PortRecord, type HostNetworkRecord } from '@virtbus/contracts';
import { floorOf, type FloorPlan } from './shape-plan.js';

/** A port of a network, on whichever host; `mac` is the one that its guest has. */
export type NetworkPort = Pick<PortRecord, 'mac' | 'hostId' | 'domainName'> & {
  readonly addresses?: readonly PortAddress[];
  /** What its network guarantees to it. */
  readonly floor?: Omit<FloorPlan, 'mac'>;
  /** No interface of a guest has it. */
  readonly byHand?: true;
};

/** What other services say of a network of this host: who is on it, and where its hosts are reached. */
export interface NetworkFacts {
  readonly ports: readonly NetworkPort[];
  /** Every host that has the network and says how it is reached, this one among them. */
  readonly hosts: readonly { readonly hostId: string; readonly tunnelAddress: string }[];
}

export const noFacts: NetworkFacts = { ports: [], hosts: [] };

/** In an order of their own: what has not changed shall look so. */
export function networkFactsOf(ports: readonly PortRecord[], records: readonly HostNetworkRecord[]): NetworkFacts {
  return {
    ports: ports
      .map(({ mac, guestMac = mac, hostId, domainName, addresses, byHand, actual }) => ({
        mac: guestMac,
        hostId,
        domainName,
        ...defined({ addresses, floor: floorOf(actual) }),
        ...(byHand ? { byHand: true as const } : {}),
      }))
      .toSorted((a, b) => (a.mac < b.mac ? -1 : 1)),
    hosts: records
      .flatMap(({ hostId, tunnelAddress }) => (tunnelAddress === undefined ? [] : [{ hostId, tunnelAddress }]))
      .toSorted((a, b) => (a.hostId < b.hostId ? -1 : 1)),
  };
}
