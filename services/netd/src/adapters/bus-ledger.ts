import { portRecords, type PortKey, type PortRecord } from '@virtbus/contracts';
import type { Bucket, Bus, View } from '@virtbus/messaging';
import type { At, Ledger } from '../ports.js';
import { lostRace } from './lost-race.js';

/** A key holds no colon. */
const keyOf = ({ networkUuid, mac }: PortKey) => ({ networkUuid, mac: mac.replaceAll(':', '') });

export class BusLedger implements Ledger {
  private constructor(
    private readonly bucket: Bucket<typeof portRecords>,
    private readonly view: View<PortRecord>,
  ) {}

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

  known(): readonly PortRecord[] {
    return this.view.entries().map((entry) => entry.value);
  }
}
