import { Refusal, type FloorBook, type FloorClaim } from '@virtbus/contracts';
import type { NetworkDef } from '@virtbus/libvirt-xml';
import { claimFloor, releaseFloor, type FloorWish } from './core/floors.js';
import type { At } from './ports.js';

/** The books of floors, one record for each network. */
export interface FloorBooks {
  read(uuid: string): Promise<At<FloorBook> | undefined>;
  /** Revision 0: it must not exist yet. False when another was quicker. */
  write(book: FloorBook, revision: number): Promise<boolean>;
  /** As last heard of. */
  known(): readonly FloorBook[];
}

const MAX_ATTEMPTS = 50;

/** Promises parts of a network's bandwidth to interfaces, by compare-and-set. */
export class Floors {
  constructor(private readonly books: FloorBooks) {}

  /**
   * The class of the interface's floor; undefined when the MAC is another domain's.
   * @throws Refusal operation_unsupported, operation_invalid (what is promised would be more than the network lets in)
   */
  claim(uuid: string, wish: FloorWish, network: NetworkDef): Promise<number | undefined> {
    return this.change(uuid, (book) => {
      const answer = claimFloor(book, wish, network);
      switch (answer.type) {
        case 'claimed':
          return { to: answer.book, answer: answer.classId };
        case 'held':
          return { answer: answer.classId };
        case 'foreign':
          return { answer: undefined };
        case 'refused':
          throw new Refusal(answer.code, answer.message, { domain: 19 });
      }
    });
  }

  /** Gives a floor back; what is not held, or held by a newer placement, is left alone. */
  async release(uuid: string, of: Pick<FloorClaim, 'mac' | 'domain' | 'epoch'>): Promise<void> {
    await this.change(uuid, (book) => {
      const to = releaseFloor(book, of);
      return to ? { to, answer: undefined } : { answer: undefined };
    });
  }

  /** Floors without a port, older than `before`: what a crash between the two has left. */
  async sweep(before: number, hasPort: (uuid: string, claim: FloorClaim) => Promise<boolean>): Promise<void> {
    for (const { uuid, floors } of this.books.known()) {
      for (const claim of floors.filter(({ claimedAt }) => Date.parse(claimedAt) < before)) {
        if (!(await hasPort(uuid, claim))) await this.release(uuid, claim);
      }
    }
  }

  private async change<T>(uuid: string, decide: (book: FloorBook) => { readonly to?: FloorBook; readonly answer: T }): Promise<T> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const held = await this.books.read(uuid);
      const { to, answer } = decide(held?.value ?? { uuid, floors: [] });
      if (!to || (await this.books.write(to, held?.revision ?? 0))) return answer;
    }
    throw new Error(`the floors of network ${uuid} were contended ${MAX_ATTEMPTS} times`);
  }
}
