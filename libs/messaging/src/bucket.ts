import { headers } from '@nats-io/transport-node';
import { subjectOf, type BucketContract } from '@virtbus/contracts';
import { randomUUID } from 'node:crypto';
import { bytesOf, deletion, isDeletion, valueOf, type Entry } from './bucket-value.js';
import type { Link } from './link.js';
import type { PayloadOf, TokensOf } from './names.js';
import { bucketPrefix, bucketStream } from './provision.js';
import { lastOf, SequenceConflict, store } from './store.js';
import { BucketView, type View } from './view.js';
import { WrongOwner } from './wrong-owner.js';

/** The key exists already, or its revision is not the expected one. Read again, decide again. */
export class BucketConflict extends Error {
  override readonly name = 'BucketConflict';
}

/**
 * A deletion leaves a mark, by which views learn of it. A view that stands still this long reads the whole bucket again anyway;
 * kept for ever, the marks of short-lived domains would outnumber the values.
 */
const FORGET_AFTER_MS = 10 * 60_000;

/**
 * The values of one bucket. Reads come from the stream's leader, so they see every write that was acknowledged before. Writes
 * carry a message id of their own: one whose acknowledgement was lost is repeated without conflicting with itself.
 */
export class Bucket<C extends BucketContract> {
  readonly #link: Link;
  readonly #contract: C;
  readonly #stream: string;

  constructor(link: Link, contract: C) {
    this.#link = link;
    this.#contract = contract;
    this.#stream = bucketStream(contract.bucket);
  }

  /** When the bucket was made: the same for everybody, as long as the fleet has it. RFC 3339. */
  async createdAt(): Promise<string> {
    return (await this.#link.jsm.streams.info(this.#stream)).created;
  }

  async get(key: TokensOf<C>): Promise<Entry<PayloadOf<C>> | undefined> {
    const kept = await lastOf(this.#link, this.#stream, this.#subject(key));
    if (!kept || isDeletion(kept.header)) return undefined;
    return { value: valueOf(this.#contract, kept.subject, kept.data), revision: kept.seq, writtenAt: kept.time };
  }

  /**
   * The first guess at the key's revision is the deletion that this process knows of; the server says whether it holds.
   * @returns the revision. @throws BucketConflict when the key exists.
   */
  async create(key: TokensOf<C>, value: PayloadOf<C>): Promise<number> {
    const bytes = bytesOf(this.#contract, value);
    try {
      return await this.#write(key, bytes, this.#link.deletions.take(this.#subject(key)) ?? 0);
    } catch (cause) {
      if (!(cause instanceof BucketConflict)) throw cause;
      const revision = await this.#deletedAt(key);
      if (revision === undefined) throw cause;
      return await this.#write(key, bytes, revision);
    }
  }

  /** @returns the new revision. @throws BucketConflict when the key's revision is another one. */
  async update(key: TokensOf<C>, value: PayloadOf<C>, revision: number): Promise<number> {
    return this.#write(key, bytesOf(this.#contract, value), revision);
  }

  /** Writes whatever was there before. @returns the new revision. */
  async put(key: TokensOf<C>, value: PayloadOf<C>): Promise<number> {
    return this.#write(key, bytesOf(this.#contract, value), undefined);
  }

  /** Deletes whatever is there, or only the given revision. @throws BucketConflict when the key's revision is another one. */
  async delete(key: TokensOf<C>, revision?: number): Promise<void> {
    const marker = await this.#write(key, undefined, revision);
    this.#link.deletions.remember(this.#subject(key), marker);
    this.#link.later(FORGET_AFTER_MS, () => this.#forget(key, marker));
  }

  /** Resolves once the present values are in. */
  view(filter: Partial<TokensOf<C>> = {}): Promise<View<PayloadOf<C>, TokensOf<C>>> {
    return BucketView.open({ link: this.#link, contract: this.#contract, filter });
  }

  #subject(key: TokensOf<C>): string {
    return bucketPrefix(this.#contract.bucket) + subjectOf<string>(this.#contract, key);
  }

  /** Removes the mark of a deletion, and nothing that was written after it. */
  async #forget(key: TokensOf<C>, marker: number): Promise<void> {
    this.#link.deletions.take(this.#subject(key));
    await this.#link.jsm.streams.purge(this.#stream, { filter: this.#subject(key), seq: marker + 1 });
  }

  async #deletedAt(key: TokensOf<C>): Promise<number | undefined> {
    const kept = await lastOf(this.#link, this.#stream, this.#subject(key));
    if (!kept) return 0;
    return isDeletion(kept.header) ? kept.seq : undefined;
  }

  async #write(key: TokensOf<C>, bytes: Uint8Array | undefined, expectedSequence: number | undefined): Promise<number> {
    const { owner, bucket } = this.#contract;
    if (owner !== this.#link.owner) throw new WrongOwner(`bucket ${bucket}`, owner, this.#link.owner);
    const subject = this.#subject(key);
    try {
      const message = {
        subject,
        bytes: bytes ?? new Uint8Array(),
        headers: bytes ? headers() : deletion(),
        id: randomUUID(),
        stream: this.#stream,
        expectedSequence,
      };
      return (await store(this.#link, message)).sequence;
    } catch (cause) {
      if (!(cause instanceof SequenceConflict)) throw cause;
      throw new BucketConflict(`${subject} is not at revision ${expectedSequence ?? '?'} any more`, { cause });
    }
  }
}
