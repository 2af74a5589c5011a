import { hostNetworks, networkRecords, portRecords } from '@virtbus/contracts';
import type { Bus, View } from '@virtbus/messaging';
import { networkFactsOf } from '../core/network-facts.js';
import type { HostLog, NetworkFactsSource, NetworkListener } from '../ports.js';

/** Three views for each network that the host has: they find again by themselves what they missed. */
export class BusNetworkFacts implements NetworkFactsSource {
  constructor(
    private readonly bus: Bus,
    private readonly log: HostLog,
  ) {}

  follow(uuid: string, listener: NetworkListener): () => Promise<void> {
    const following = this.open(uuid, listener);
    following.catch((error: unknown) => this.log.error(`network ${uuid} cannot be followed`, error));
    return async () => {
      for (const view of await following.catch(() => [])) await view.close();
    };
  }

  private async open(uuid: string, listener: NetworkListener): Promise<readonly Pick<View<object>, 'close'>[]> {
    const [ports, hosts, definitions] = await Promise.all([
      this.bus.bucket(portRecords).view({ networkUuid: uuid }),
      this.bus.bucket(hostNetworks).view({ uuid }),
      this.bus.bucket(networkRecords).view({ uuid }),
    ]);
    const valuesOf = <P>(view: { entries(): readonly { readonly value: P }[] }): P[] => view.entries().map((entry) => entry.value);
    const tell = (): void => listener.facts(networkFactsOf(valuesOf(ports), valuesOf(hosts)));
    ports.onChange(tell);
    hosts.onChange(tell);
    definitions.onChange(() => listener.redefined());
    tell();
    listener.redefined();
    return [ports, hosts, definitions];
  }
}
