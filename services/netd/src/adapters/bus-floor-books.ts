import { networkFloors, type FloorBook } from '@virtbus/contracts';
import { BucketConflict, type Bucket, type Bus, type View } from '@virtbus/messaging';
import type { FloorBooks } from '../floors.runner.js';
import type { At } from '../ports.js';

export class BusFloorBooks implements FloorBooks {
  private constructor(
    private readonly bucket: Bucket<typeof networkFloors>,
    private readonly view: View<FloorBook>,
  ) {}

  static async open(bus: Bus): Promise<BusFloorBooks> {
    const bucket = bus.bucket(networkFloors);
    return new BusFloorBooks(bucket, await bucket.view());
  }

  read(uuid: string): Promise<At<FloorBook> | undefined> {
    return this.bucket.get({ uuid });
  }

  async write(book: FloorBook, revision: number): Promise<boolean> {
    const key = { uuid: book.uuid };
    try {
      await (revision === 0 ? this.bucket.create(key, book) : this.bucket.update(key, book, revision));
      return true;
    } catch (thrown) {
      if (thrown instanceof BucketConflict) return false;
      throw thrown;
    }
  }

  known(): readonly FloorBook[] {
    return this.view.entries().map((entry) => entry.value);
  }
}
