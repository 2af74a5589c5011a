import { hostFacts, type HostFacts } from '@virtbus/contracts';
import { BucketConflict, type Bus } from '@virtbus/messaging';
import type { At, Records } from '../host-record.js';

export class BusHostRecords implements Records {
  constructor(
    private readonly bus: Bus,
    private readonly hostId: string,
  ) {}

  read(): Promise<At | undefined> {
    return this.bus.bucket(hostFacts).get({ hostId: this.hostId });
  }

  async write(facts: HostFacts, revision: number | undefined): Promise<number | undefined> {
    const bucket = this.bus.bucket(hostFacts);
    const key = { hostId: this.hostId };
    try {
      return await (revision === undefined ? bucket.create(key, facts) : bucket.update(key, facts, revision));
    } catch (error) {
      if (error instanceof BucketConflict) return undefined;
      throw error;
    }
  }
}
