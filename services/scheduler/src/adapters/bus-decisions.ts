import { placements, type HostClaims, type Placement } from '@virtbus/contracts';
import { BucketConflict, type Bus } from '@virtbus/messaging';
import type { Decisions } from '../ports.js';
import type { ClaimBook } from './claim-book.js';

export class BusDecisions implements Decisions {
  constructor(
    private readonly bus: Bus,
    private readonly book: ClaimBook,
  ) {}

  changeClaims(hostId: string, change: (claims: HostClaims) => HostClaims | undefined): Promise<'changed' | 'given_up' | 'conflict'> {
    return this.book.change(hostId, change);
  }

  async place(placement: Placement, revision: number): Promise<number | undefined> {
    const bucket = this.bus.bucket(placements);
    const key = { uuid: placement.uuid };
    try {
      return revision === 0 ? await bucket.create(key, placement) : await bucket.update(key, placement, revision);
    } catch (thrown) {
      if (thrown instanceof BucketConflict) return undefined;
      throw thrown;
    }
  }
}
