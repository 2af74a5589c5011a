import { portRecords, type PortKey, type PortRecord } from '@virtbus/contracts';
import type { Bucket, Bus, View } from '@virtbus/messaging';
import type { At, Ledger } from '../ports.js';
import { lostRace } from './lost-race.js';

const wordOf = ({ networkUuid, mac }: PortKey): string => `${networkUuid} ${mac}`;

/** A key holds no colon. */
const keyOf = ({ networkUuid, mac }: PortKey) => ({ networkUuid, mac: mac.replaceAll(':', '') });

export class BusLedger implements Ledger {
  /** Ports by the MAC of their guests, where that is another than theirs. */
  private readonly guests = new Map<string, PortRecord>();

  private constructor(
    private readonly bucket: Bucket<typeof portRecords>,
    private readonly view: View<PortRecord>,
  ) {
    for (const { value } of view.entries()) this.note(value, undefined);
    view.onChange(({ entry, previous }) => this.note(entry?.value, previous?.value));
  }

  static async open(bus: Bus): Promise<BusLedger> {
    const bucket = bus.bucket(portRecords);
    return new BusLedger(bucket, await bucket.view());
  }

  create(port: PortRecord): Promise<number | undefined> {
    return lostRace(this.bucket.create(keyOf(port), port));
  }

  read(key: PortKey): Promise<At<PortRecord> | undefined> {
    return this.bucket.get(keyOf(key));
  }

  replace(port: PortRecord, revision: number): Promise<number | undefined> {
    return lostRace(this.bucket.update(keyOf(port), port, revision));
  }

  async remove(key: PortKey, revision: number): Promise<boolean> {
    const removed = await lostRace(this.bucket.delete(keyOf(key), revision).then(() => true));
    return removed ?? false;
  }

  async ofNetwork(networkUuid: string): Promise<readonly At<PortRecord>[]> {
    const view = await this.bucket.view({ networkUuid });
    const ports = view.entries();
    await view.close();
    return ports;
  }

  guestWith(key: PortKey): PortRecord | undefined {
    return this.guests.get(wordOf(key));
  }

  private note(now: PortRecord | undefined, before: PortRecord | undefined): void {
    const gone = before?.guestMac === undefined ? undefined : wordOf({ ...before, mac: before.guestMac });
    if (gone !== undefined && this.guests.get(gone)?.mac === before?.mac) this.guests.delete(gone);
    if (now?.guestMac !== undefined) this.guests.set(wordOf({ ...now, mac: now.guestMac }), now);
  }

  known(): readonly PortRecord[] {
    return this.view.entries().map((entry) => entry.value);
  }
}
