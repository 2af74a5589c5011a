import { hostClaims, type HostClaims } from '@virtbus/contracts';
import { BucketConflict, type Bucket, type Bus, type Entry } from '@virtbus/messaging';

type Change = (claims: HostClaims) => HostClaims | undefined;

/**
 * Every host's claims as last read or written here. A watch keeps it near the truth; the compare-and-set on each write is what
 * keeps two schedulers from giving away the same memory.
 */
export class ClaimBook {
  private readonly known = new Map<string, Entry<HostClaims>>();

  private constructor(private readonly bucket: Bucket<typeof hostClaims>) {}

  static async open(bus: Bus): Promise<ClaimBook> {
    const book = new ClaimBook(bus.bucket(hostClaims));
    const view = await book.bucket.view();
    for (const entry of view.entries()) book.learn(entry);
    view.onChange((change) => {
      if (change.entry) book.learn(change.entry);
    });
    return book;
  }

  of(hostId: string): HostClaims {
    return this.known.get(hostId)?.value ?? { hostId, claims: [] };
  }

  hostIds(): string[] {
    return [...this.known.keys()];
  }

  /** One attempt at the known revision. After a conflict the book holds what the other has written. */
  async change(hostId: string, change: Change): Promise<'changed' | 'given_up' | 'conflict'> {
    const before = this.known.get(hostId);
    const value = change(this.of(hostId));
    if (!value) return 'given_up';
    if (value === before?.value) return 'changed';
    try {
      const revision = before ? await this.bucket.update({ hostId }, value, before.revision) : await this.bucket.create({ hostId }, value);
      this.learn({ value, revision, writtenAt: before?.writtenAt ?? new Date(0) });
      return 'changed';
    } catch (thrown) {
      if (!(thrown instanceof BucketConflict)) throw thrown;
      await this.refresh(hostId);
      return 'conflict';
    }
  }

  private async refresh(hostId: string): Promise<void> {
    const entry = await this.bucket.get({ hostId });
    if (entry) this.learn(entry);
    else this.known.delete(hostId);
  }

  /** A watch may bring an older value than a write of this process has left: the higher revision is the newer. */
  private learn(entry: Entry<HostClaims>): void {
    const known = this.known.get(entry.value.hostId);
    if (!known || known.revision < entry.revision) this.known.set(entry.value.hostId, entry);
  }
}
