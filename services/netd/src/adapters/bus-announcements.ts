import { portAllocated, portReleased, type PortHappening, type PortRecord } from '@virtbus/contracts';
import type { Bus, Log } from '@virtbus/messaging';
import type { Announcements } from '../ports.js';

/** Events follow the fact: nobody waits for them, and the bus sends them again until they are taken. */
export class BusAnnouncements implements Announcements {
  constructor(
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  allocated(port: PortRecord): void {
    this.say(this.bus.publish(portAllocated, happening('allocated', port), { tokens: { port: port.id } }), port);
  }

  released(port: PortRecord): void {
    this.say(this.bus.publish(portReleased, happening('released', port), { tokens: { port: port.id } }), port);
  }

  private say(published: Promise<void>, port: PortRecord): void {
    published.catch((error: unknown) => this.log.error(`an event about port ${port.id} was not published`, error));
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
