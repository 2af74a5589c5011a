import { defined, ownerOfPort, portAllocated, portReleased, type PortHappening, type PortRecord } from '@virtbus/contracts';
import type { Bus, Log } from '@virtbus/messaging';
import type { Announcements } from '../ports.js';

/** The answer, for which a guest's start waits, is on its way and acted upon by then: events would be in its way, on the disk as well. */
const AFTER_MS = 10;

/** Events follow the fact and the answer: nobody waits for them, and the bus sends them again until they are taken. */
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
    setTimeout(() => {
      this.bus
        .publish(contract, said, { tokens: { port } })
        .catch((error: unknown) => this.log.error(`an event about port ${port} was not published`, error));
    }, AFTER_MS);
  }
}

const happening = (what: PortHappening['what'], port: PortRecord): PortHappening => ({
  what,
  port: port.id,
  network: port.network,
  domain: ownerOfPort(port).uuid,
  mac: port.mac,
  hostId: port.hostId,
  at: new Date().toISOString(),
  ...(port.byHand && { byHand: true, ...defined({ project: port.byHand.project }) }),
});
