import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { check, decode, encode, type BucketContract } from '@virtbus/contracts';
import { headerOf } from './envelope.js';
import type { PayloadOf } from './names.js';

export interface Entry<P> {
  readonly value: P;
  readonly revision: number;
  /** By the server's clock. */
  readonly writtenAt: Date;
}

/** NATS ADR-8: a message of a bucket that has this header is no value but the end of one. */
const OPERATION = 'KV-Operation';

export const isDeletion = (from: MsgHdrs | undefined): boolean => headerOf(from, OPERATION) !== undefined;

export function deletion(): MsgHdrs {
  const marked = headers();
  marked.set(OPERATION, 'DEL');
  return marked;
}

/** How many values are remembered, and of how many bytes: enough for what the views of one process hear at about the same time. */
const LATELY = 64;
const SMALL = 4096;

/** By subject: services in one process watch the same buckets, and each would decode the same bytes again. */
const lately = new Map<string, { readonly bytes: Uint8Array; readonly value: object }>();

/** Equal bytes may give the same object: it is nobody's to change. @throws Error when the value is none: someone wrote around the contract. */
export function valueOf<C extends BucketContract>(contract: C, subject: string, bytes: Uint8Array): PayloadOf<C> {
  const known = lately.get(subject);
  if (known && Buffer.compare(known.bytes, bytes) === 0) return known.value as PayloadOf<C>;
  const value = decoded(contract, subject, bytes);
  if (bytes.length > SMALL) return value;
  lately.delete(subject);
  // A copy: what came is a piece of all that came at once.
  lately.set(subject, { bytes: bytes.slice(), value });
  for (const oldest of lately.keys()) if (lately.size > LATELY) lately.delete(oldest);
  return value;
}

function decoded<C extends BucketContract>(contract: C, subject: string, bytes: Uint8Array): PayloadOf<C> {
  try {
    return decode(contract.payload, bytes) as PayloadOf<C>;
  } catch (cause) {
    throw new Error(`${subject} holds what is no ${contract.payload.name}: ${String(cause)}`, { cause });
  }
}

/** @throws Error when readers of the bucket would refuse the value: the bug is the writer's. */
export function bytesOf<C extends BucketContract>(contract: C, value: PayloadOf<C>): Uint8Array {
  try {
    check(contract.payload, value);
  } catch (cause) {
    throw new Error(`bucket ${contract.bucket} takes no such ${contract.payload.name}: ${String(cause)}`, { cause });
  }
  return encode(value);
}
