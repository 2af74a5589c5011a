import { DeliverPolicy } from '@nats-io/jetstream';
import { subjectOf, tokensOf, wildcardOf, type BucketContract } from '@virtbus/contracts';
import { isDeletion, valueOf, type Entry } from './bucket-value.js';
import { deferred } from './deferred.js';
import type { Delivery } from './delivery.js';
import type { Link } from './link.js';
import type { PayloadOf, Tokens, TokensOf } from './names.js';
import { bucketPrefix, bucketStream } from './provision.js';
import { lastOf } from './store.js';
import { Tail } from './tail.js';

export interface ViewEntry<P, K extends Tokens = Tokens> extends Entry<P> {
  readonly key: K;
}

export interface ViewChange<P, K extends Tokens = Tokens> {
  readonly key: K;
  /** Absent when the key was deleted. */
  readonly entry: Entry<P> | undefined;
  /** What the view held before. */
  readonly previous: Entry<P> | undefined;
}

interface ViewOptions<C extends BucketContract> {
  readonly link: Link;
  readonly contract: C;
  /** Tokens of the key; those that are left out may be any. */
  readonly filter: Readonly<Record<string, string | undefined>>;
}

interface Reading {
  readonly names: Set<string>;
  /** Of the last value that has come. */
  sequence: number;
  /** Of the newest that there was when that was asked; undefined until it is answered. */
  newest: number | undefined;
  /** How often it was asked. */
  rounds: number;
}

/** Where somebody writes without end, there is always a newer one; what is replaced so often that it was not among any of these is rare. */
const MAX_ROUNDS = 10;

type Listener<P, K extends Tokens> = (change: ViewChange<P, K>) => void;

/** A bucket's values, kept up to date. */
export interface View<P, K extends Tokens = Tokens> {
  readonly size: number;
  get(key: K): Entry<P> | undefined;
  entries(): readonly ViewEntry<P, K>[];
  /** Calls back for each change from now on. @returns what ends that. */
  onChange(listener: (change: ViewChange<P, K>) => void): () => void;
  close(): Promise<void>;
}

/**
 * The present values are in when the newest of them is: the stream is read in order. How many are still to come, which the server says
 * with each, is not to be relied on: where keys are written meanwhile it counts them twice, or not at all.
 *
 * When its consumer is lost the whole is read again and compared, so nothing that was
 * missed meanwhile stays wrong: neither a deletion nor a bucket that was made anew.
 */
export class BucketView<P extends object, K extends Tokens = Tokens> implements View<P, K> {
  readonly #link: Link;
  readonly #contract: BucketContract;
  readonly #prefix: string;
  readonly #entries = new Map<string, ViewEntry<P, K>>();
  readonly #listeners = new Set<Listener<P, K>>();
  readonly #tail: Tail;
  readonly #loaded = deferred<void>();
  readonly #filter: string;
  /** What was seen since the reading began; undefined when it is over. */
  #reading: Reading | undefined;

  private constructor({ link, contract, filter }: ViewOptions<BucketContract>) {
    this.#link = link;
    this.#contract = contract;
    this.#prefix = bucketPrefix(contract.bucket);
    this.#filter = this.#prefix + wildcardOf<string>(contract, filter);
    this.#tail = new Tail({
      link,
      stream: bucketStream(contract.bucket),
      filter: this.#filter,
      start: () => ({ deliver_policy: DeliverPolicy.LastPerSubject }),
      onBegin: ({ num_pending }) => this.#begin(num_pending),
      onMessage: (delivery) => this.#take(delivery),
      onIdle: () => this.#askForNewest(),
    });
  }

  /** Resolves once the present values are in. */
  static async open<C extends BucketContract>(options: ViewOptions<C>): Promise<View<PayloadOf<C>, TokensOf<C>>> {
    const view = new BucketView<PayloadOf<C>, TokensOf<C>>(options);
    await view.#tail.ready;
    await view.#loaded.promise;
    return view;
  }

  get(key: K): Entry<P> | undefined {
    return this.#entries.get(subjectOf<string>(this.#contract, key));
  }

  entries(): readonly ViewEntry<P, K>[] {
    return [...this.#entries.values()];
  }

  get size(): number {
    return this.#entries.size;
  }

  onChange(listener: Listener<P, K>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    this.#listeners.clear();
    return this.#tail.close();
  }

  #begin(pending: number): void {
    this.#reading = { names: new Set(), sequence: 0, newest: undefined, rounds: 0 };
    if (pending === 0) this.#end();
    else this.#askForNewest();
  }

  /** While the values are read. Asked again when nothing comes any more: the newest may have been forgotten since. */
  #askForNewest(): void {
    const reading = this.#reading;
    if (!reading) return;
    reading.newest = undefined;
    reading.rounds += 1;
    lastOf(this.#link, bucketStream(this.#contract.bucket), this.#filter).then(
      (newest) => this.#hearOfNewest(reading, newest?.seq ?? 0),
      (cause: unknown) => this.#link.log.warn(`${this.#contract.bucket}: ${String(cause)}`),
    );
  }

  #hearOfNewest(reading: Reading, newest: number): void {
    if (this.#reading !== reading) return;
    if (reading.sequence >= newest) this.#end();
    else reading.newest = newest;
  }

  /** What was replaced since the newest was asked for comes behind it. */
  #reach(reading: Reading, sequence: number): void {
    reading.sequence = sequence;
    if (reading.newest === undefined || sequence < reading.newest) return;
    if (reading.rounds < MAX_ROUNDS) this.#askForNewest();
    else this.#end();
  }

  #end(): void {
    const names = this.#reading?.names;
    this.#reading = undefined;
    if (names) for (const name of [...this.#entries.keys()]) if (!names.has(name)) this.#remove(name);
    this.#loaded.resolve();
  }

  #take(delivery: Delivery): void {
    const name = delivery.subject.slice(this.#prefix.length);
    if (isDeletion(delivery.headers)) this.#remove(name);
    else this.#put(name, delivery);
    const reading = this.#reading;
    if (!reading) return;
    reading.names.add(name);
    this.#reach(reading, delivery.sequence);
  }

  #put(name: string, { subject, bytes, sequence, storedAt }: Delivery): void {
    const previous = this.#entries.get(name);
    if (previous?.revision === sequence && previous.writtenAt.getTime() === storedAt.getTime()) return;
    try {
      const value = valueOf(this.#contract, subject, bytes) as P;
      const entry = { key: this.#keyOf(name), value, revision: sequence, writtenAt: storedAt };
      this.#entries.set(name, entry);
      this.#tell({ key: entry.key, entry, previous });
    } catch (cause) {
      this.#link.log.error(`${subject} is left out of the view`, cause);
      this.#remove(name);
    }
  }

  #remove(name: string): void {
    const previous = this.#entries.get(name);
    if (!previous) return;
    this.#entries.delete(name);
    this.#tell({ key: previous.key, entry: undefined, previous });
  }

  /** @throws Error when the key is of another shape. */
  #keyOf(name: string): K {
    const tokens = tokensOf(this.#contract, name);
    if (!tokens) throw new Error(`the key ${name} is not of the shape ${this.#contract.subject}`);
    return tokens as K;
  }

  #tell(change: ViewChange<P, K>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (cause) {
        this.#link.log.error(`a listener to ${this.#contract.bucket} failed`, cause);
      }
    }
  }
}
