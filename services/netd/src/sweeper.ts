import { domainStatesBucket, networkRecords, portRecords, type PortRecord } from '@virtbus/contracts';
import type { Bus, Log } from '@virtbus/messaging';
import type { Books, PortRunner } from './port.runner.js';

const EVERY_MS = 60_000;

/** Looks for ports, addresses, network identifiers and lent devices that a crash has left, once a minute. */
export class Sweeper {
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly bus: Bus,
    private readonly runner: PortRunner,
    private readonly books: Books,
    private readonly log: Log,
  ) {
    this.timer = setInterval(() => void this.sweep(), EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    try {
      for (const port of await this.runner.sweep((each) => this.hasEnded(each))) {
        this.log.warn(`port ${port.id} of domain '${port.domainName}' was left behind; it is given back`);
      }
      await this.books.addresses.sweep(async (networkUuid, mac) => (await this.portOf(networkUuid, mac)) !== undefined);
      await this.books.overlays.sweep(async (uuid) => (await this.bus.bucket(networkRecords).get({ uuid })) !== undefined);
      await this.books.devices.sweep(async ({ networkUuid, mac, domain }, device) => {
        const port = await this.portOf(networkUuid, mac);
        return port?.domain === domain && port.device === device;
      });
    } catch (error) {
      this.log.warn(`ports could not be swept: ${String(error)}`);
    }
  }

  private async portOf(networkUuid: string, mac: string): Promise<PortRecord | undefined> {
    return (await this.bus.bucket(portRecords).get({ networkUuid, mac: mac.replaceAll(':', '') }))?.value;
  }

  /** Only the host's own word counts. A domain that nobody knows keeps its port. */
  private async hasEnded({ domain, epoch }: PortRecord): Promise<boolean> {
    const state = await this.bus.bucket(domainStatesBucket).get({ uuid: domain });
    return state !== undefined && state.value.epoch >= epoch && state.value.state === 'shutoff';
  }
}
