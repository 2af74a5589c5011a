import { findByReference, type domainNames } from '@virtbus/contracts';
import { BucketConflict, type Bucket } from '@virtbus/messaging';
import type { At, Kept, Records } from '../ports.js';

/** The part of a bucket of records that is used here; keys are UUIDs. */
interface RecordBucket<P> {
  get(key: { readonly uuid: string }): Promise<At<P> | undefined>;
  create(key: { readonly uuid: string }, value: P): Promise<number>;
  update(key: { readonly uuid: string }, value: P, revision: number): Promise<number>;
  delete(key: { readonly uuid: string }, revision?: number): Promise<void>;
}

const wins = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await write;
    return true;
  } catch (thrown) {
    if (thrown instanceof BucketConflict) return false;
    throw thrown;
  }
};

/** Records that have no name. */
export class BusKept<P extends { readonly uuid: string }> implements Kept<P> {
  constructor(protected readonly bucket: RecordBucket<P>) {}

  byUuid(uuid: string): Promise<At<P> | undefined> {
    return this.bucket.get({ uuid });
  }

  write(record: P, revision: number): Promise<boolean> {
    const key = { uuid: record.uuid };
    return wins(revision === 0 ? this.bucket.create(key, record) : this.bucket.update(key, record, revision));
  }

  remove(uuid: string, revision: number): Promise<boolean> {
    return wins(this.bucket.delete({ uuid }, revision));
  }
}

export class BusRecords<P extends { readonly uuid: string; readonly name: string }> extends BusKept<P> implements Records<P> {
  constructor(
    bucket: RecordBucket<P>,
    private readonly names: Pick<Bucket<typeof domainNames>, 'get'>,
  ) {
    super(bucket);
  }

  find(reference: string): Promise<At<P> | undefined> {
    return findByReference(reference, this.bucket, this.names);
  }
}
