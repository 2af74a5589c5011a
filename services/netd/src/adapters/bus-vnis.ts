import { overlayRecords, vniRecords, type VniRecord } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { Vnis } from '../ports.js';
import { lostRace } from './lost-race.js';

export class BusVnis implements Vnis {
  constructor(private readonly bus: Bus) {}

  async ofNetwork(networkUuid: string): Promise<number | undefined> {
    return (await this.bus.bucket(overlayRecords).get({ networkUuid }))?.value.vni;
  }

  async take(vni: number, networkUuid: string, at: Date): Promise<string> {
    const bucket = this.bus.bucket(vniRecords);
    const key = { vni: String(vni) };
    const made = await lostRace(bucket.create(key, { vni, networkUuid, takenAt: at.toISOString() }));
    if (made !== undefined) return networkUuid;
    return (await bucket.get(key))?.value.networkUuid ?? this.take(vni, networkUuid, at);
  }

  async settle(networkUuid: string, vni: number, at: Date, before: number | undefined): Promise<number> {
    const bucket = this.bus.bucket(overlayRecords);
    const record: VniRecord = { vni, networkUuid, takenAt: at.toISOString() };
    const held = await bucket.get({ networkUuid });
    if (held && held.value.vni !== before) return held.value.vni;
    const write = held ? bucket.update({ networkUuid }, record, held.revision) : bucket.create({ networkUuid }, record);
    return (await lostRace(write)) === undefined ? this.settle(networkUuid, vni, at, before) : vni;
  }

  async release(vni: number, networkUuid: string): Promise<void> {
    const bucket = this.bus.bucket(vniRecords);
    const key = { vni: String(vni) };
    const held = await bucket.get(key);
    if (held?.value.networkUuid === networkUuid) await lostRace(bucket.delete(key, held.revision));
  }

  async forgetNetwork(networkUuid: string): Promise<void> {
    const bucket = this.bus.bucket(overlayRecords);
    const held = await bucket.get({ networkUuid });
    if (held) await lostRace(bucket.delete({ networkUuid }, held.revision));
  }

  async known(): Promise<readonly VniRecord[]> {
    const view = await this.bus.bucket(vniRecords).view();
    const records = view.entries().map((entry) => entry.value);
    await view.close();
    return records;
  }
}
