/** A fact at the revision at which it was read. */
export interface At<P> {
  readonly value: P;
  readonly revision: number;
}

/** Records of one kind by their UUIDs, each written at the revision that was read. */
export interface Kept<P> {
  byUuid(uuid: string): Promise<At<P> | undefined>;
  /** Revision 0: it must not exist yet. `false`: another was quicker. */
  write(record: P, revision: number): Promise<boolean>;
  remove(uuid: string, revision: number): Promise<boolean>;
}

/** The same, for those that have a name. */
export interface Records<P> extends Kept<P> {
  find(reference: string): Promise<At<P> | undefined>;
}

/** One owner for each name in the fleet. */
export interface Names {
  /** The UUID of whoever has the name; the given one when the claim holds. */
  claim(name: string, uuid: string): Promise<string>;
  /** Gives a name back; somebody else's is left alone. */
  release(name: string, uuid: string): Promise<void>;
  /** Whether something on a host goes by the name already: nobody is given it unasked. Absent where hosts have nothing of the kind. */
  isOnSomeHost?(name: string): boolean;
}

export interface Clock {
  now(): string;
  newUuid(): string;
  newMac(): string;
}
