import { tokenFromName, type domainNames } from '@virtbus/contracts';
import { BucketConflict, type Bucket } from '@virtbus/messaging';
import type { Names } from '../ports.js';

type NameBucket = Pick<Bucket<typeof domainNames>, 'get' | 'create' | 'update' | 'delete'>;

/**
 * Names as keys: making the key is taking the name. A crash between the name and the record leaves a name that nobody uses; once its
 * claim is too old to be under way, it is taken over by the next who asks.
 */
/** A claim's record is written within milliseconds, or its command is tried again. */
const UNDER_WAY_MS = 30_000;

export class BusNames implements Names {
  constructor(
    private readonly bucket: NameBucket,
    /** Whether an object really goes by a name. */
    private readonly inUse: (uuid: string, name: string) => Promise<boolean>,
    readonly isOnSomeHost: (name: string) => boolean = () => false,
  ) {}

  async claim(name: string, uuid: string): Promise<string> {
    const key = { name: tokenFromName(name) };
    const held = await this.bucket.get(key);
    try {
      if (!held) await this.bucket.create(key, { uuid });
      else if (held.value.uuid === uuid) return uuid;
      else if (isUnderWay(held.writtenAt) || (await this.inUse(held.value.uuid, name))) return held.value.uuid;
      else await this.bucket.update(key, { uuid }, held.revision);
      return uuid;
    } catch (thrown) {
      if (thrown instanceof BucketConflict) return this.claim(name, uuid);
      throw thrown;
    }
  }

  async release(name: string, uuid: string): Promise<void> {
    const key = { name: tokenFromName(name) };
    const held = await this.bucket.get(key);
    if (held?.value.uuid !== uuid) return;
    try {
      await this.bucket.delete(key, held.revision);
    } catch (thrown) {
      if (!(thrown instanceof BucketConflict)) throw thrown;
    }
  }
}

const isUnderWay = (claimedAt: Date): boolean => Date.now() - claimedAt.getTime() < UNDER_WAY_MS;
