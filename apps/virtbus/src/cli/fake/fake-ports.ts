import type { NetworkPortId, PortSummary } from '@virtbus/contracts';
import type { Order, OrderPayload, Result } from '../fleet.js';
import { refuse } from './fake-domains.js';
import type { FakeState } from './fake-state.js';

interface Ports {
  readonly state: FakeState;
  ports: PortSummary[];
}

type Of<N extends Order> = { readonly [Name in N]: (payload: OrderPayload<Name>) => Result<Name> };

/** Ports that are made by hand, of the one network that has any. */
export function fakePorts(of: Ports): Of<'createNetworkPort' | 'deleteNetworkPort'> {
  const idOf = (network: string, { uuid, mac, hostId }: PortSummary): NetworkPortId => ({
    ...{ uuid, mac, hostId },
    networkUuid: of.state.network(network).uuid,
  });
  return {
    createNetworkPort: ({ network, xml }) => {
      const { active } = of.state.network(network);
      if (!active) of.state.inactive(network);
      const uuid = /<uuid>([^<]+)<.uuid>/.exec(xml)?.[1] ?? refuse('operation_failed', 'internal error: network port has no uuid');
      const port = { uuid, mac: '52:54:00:00:00:09', domain: uuid, domainName: 'web', hostId: 'host-a', byHand: true };
      of.ports.push(port);
      return idOf(network, port);
    },
    deleteNetworkPort: ({ network, port }) => {
      const found = of.ports.find(({ uuid }) => uuid === port);
      if (!found) return refuse('no_network_port', `network port not found: Network port with UUID ${port} does not exist`);
      of.ports = of.ports.filter((one) => one !== found);
      return idOf(network, found);
    },
  };
}
