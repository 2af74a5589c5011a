import type { HostNetwork, Port, PortRequest } from '@virtbus/contracts';

export interface Granted {
  readonly ports: readonly Port[];
  readonly networks: readonly HostNetwork[];
}

interface Kept {
  readonly port: Port;
  readonly network: HostNetwork | undefined;
}

/** Wishes of guests on a host are few and alike. */
const MOST = 256;

/**
 * What netd has granted before is most likely what it grants again to an interface that wishes the same. A guess that costs nothing when
 * it is wrong: whoever acts on it compares it with the grant.
 */
export class Foresight {
  private readonly kept = new Map<string, Kept>();

  /** @param wishes in the order of the granted ports */
  learn(wishes: readonly PortRequest[], { ports, networks }: Granted): void {
    if (this.kept.size > MOST) this.kept.clear();
    for (const [index, port] of ports.entries()) {
      const wish = wishes[index];
      if (wish) this.kept.set(keyOf(wish), { port, network: networks.find(({ uuid }) => uuid === port.networkUuid) });
    }
  }

  /** For all of the wishes, or for none. Ids and addresses are those of others. */
  of(wishes: readonly PortRequest[]): Granted | undefined {
    const found = wishes.map((wish) => this.kept.get(keyOf(wish)));
    if (!found.every((each) => each !== undefined)) return undefined;
    const networks = new Map(found.flatMap(({ network }) => (network ? [[network.uuid, network] as const] : [])));
    return { ports: found.map(({ port }, index) => ({ ...port, mac: wishes[index]?.mac ?? port.mac })), networks: [...networks.values()] };
  }
}

const keyOf = (wish: PortRequest): string => JSON.stringify({ ...wish, mac: '' });
