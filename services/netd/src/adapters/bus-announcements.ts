import { portAllocated, portReleased, type PortHappening, type PortRecord } from '@virtbus/contracts';
import type { Bus, Log } from '@virtbus/messaging';
import type { Announcements } from '../ports.js';

/**
 * Events follow the fact, and the answer to whoever asked for it: nobody waits for them, and the bus sends them again until they are
 * taken.
 */
export class BusAnnouncements implements Announcements {
  constructor(
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  allocated(port: PortRecord): void {
    this.say(portAllocated, happening('allocated', port));
  }

  released(port: PortRecord): void {
    this.say(portReleased, happening('released', port));
  }

  private say(contract: typeof portAllocated | typeof portReleased, said: PortHappening): void {
    const { port } = said;
    setImmediate(() => {
      this.bus
        .publish(contract, said, { tokens: { port } })
        .catch((error: unknown) => this.log.error(`an event about port ${port} was not published`, error));
    });
  }
}

const happening = (what: PortHappening['what'], port: PortRecord): PortHappening => ({
  what,
  port: port.id,
  network: port.network,
  domain: port.domain,
  mac: port.mac,
  hostId: port.hostId,
  at: new Date().toISOString(),
});
