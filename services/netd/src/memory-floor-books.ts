import type { FloorBook } from '@virtbus/contracts';
import type { FloorBooks } from './floors.runner.js';
import type { At } from './ports.js';

/** For tests: books in memory, with revisions as a bucket has them. */
export class MemoryFloorBooks implements FloorBooks {
  private readonly books = new Map<string, At<FloorBook>>();

  async read(uuid: string): Promise<At<FloorBook> | undefined> {
    return this.books.get(uuid);
  }

  async write(book: FloorBook, revision: number): Promise<boolean> {
    if ((this.books.get(book.uuid)?.revision ?? 0) !== revision) return false;
    this.books.set(book.uuid, { value: book, revision: revision + 1 });
    return true;
  }

  known(): readonly FloorBook[] {
    return [...this.books.values()].map(({ value }) => value);
  }
}
