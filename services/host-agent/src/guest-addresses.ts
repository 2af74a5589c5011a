import { Refusal, type AddressedInterface, type AddressSource, type PluggedInterface } from '@virtbus/contracts';
import { agentInterfaces } from './core/agent-interfaces.js';
import type { DomainRunner } from './domain.runner.js';
import type { Links } from './links/links.js';
import type { LiveGuest } from './live-guest.js';
import type { NetworkRunner } from './network.runner.js';
import type { GuestAgents } from './operations/guest-agent.js';

/** Whoever asks waits for five seconds. */
const AGENT_SECONDS = 3;

export interface GuestAddressesNeed {
  readonly runner: Pick<DomainRunner, 'guest'>;
  readonly networks: Pick<NetworkRunner, 'leases'>;
  readonly links: Pick<Links, 'neighbours'>;
  readonly agents: Pick<GuestAgents, 'call'>;
}

/** Where the guests of this host are reached, by whoever's word is asked for. */
export class GuestAddresses {
  constructor(private readonly need: GuestAddressesNeed) {}

  /** @throws Refusal operation_invalid when it does not run here; of the agent, agent_unresponsive, operation_unsupported, operation_failed */
  async of(uuid: string, source: AddressSource): Promise<AddressedInterface[]> {
    const guest = this.need.runner.guest(uuid);
    if (!guest) throw new Refusal('operation_invalid', 'Requested operation is not valid: domain is not running');
    switch (source) {
      case 'lease':
        return this.lent(guest);
      case 'arp':
        return this.seen(guest);
      case 'agent':
        return agentInterfaces(
          await this.need.agents.call(guest, 'guest-network-get-interfaces', undefined, { timeoutSeconds: AGENT_SECONDS }),
        );
    }
  }

  /** Interfaces that no network lends anything to are not among them, as under libvirt. */
  private async lent({ entry }: LiveGuest): Promise<AddressedInterface[]> {
    const found = await Promise.all(entry.interfaces.map((each) => this.leasesOf(each)));
    return found.filter((each) => each.addresses.length > 0);
  }

  private async leasesOf({ alias, target, mac, port }: PluggedInterface): Promise<AddressedInterface> {
    const none = { name: target ?? alias, mac, addresses: [] };
    if (!port) return none;
    const { plan, leases } = await this.need.networks.leases(port.networkUuid).catch(absent);
    const prefixOf = (family: 'ipv4' | 'ipv6') => plan?.settings?.addresses.find((each) => each.family === family)?.prefix;
    const own = leases.filter((lease) => lease.mac === mac);
    return { ...none, addresses: own.map(({ family, address }) => ({ family, address, prefix: prefixOf(family) ?? 0 })) };
  }

  /** The host knows no prefix of its neighbours: 0, as libvirt says it. */
  private seen({ entry }: LiveGuest): AddressedInterface[] {
    return entry.interfaces
      .map(({ alias, target, mac, port }) => {
        const bridge = port?.actual.bridge;
        const neighbours = bridge === undefined ? [] : this.need.links.neighbours(bridge).filter((each) => each.mac === mac);
        return { name: target ?? alias, mac, addresses: neighbours.map(({ family, address }) => ({ family, address, prefix: 0 })) };
      })
      .filter((each) => each.addresses.length > 0);
  }
}

/** A network that is not active any more lends nothing. */
function absent(thrown: unknown): { plan: undefined; leases: [] } {
  if (thrown instanceof Refusal && thrown.code === 'no_network') return { plan: undefined, leases: [] };
  throw thrown;
}
