import type { NetworkRecord, PortKey, PortRecord } from '@virtbus/contracts';

export interface At<P> {
  readonly value: P;
  readonly revision: number;
}

/** The networks that there are. */
export interface Networks {
  /** By name: an interface knows no other. A name that is not known here is asked of the bus's leader. */
  named(name: string): Promise<NetworkRecord | undefined>;
  /** The same, past every cache: asked before an interface is refused. */
  namedFresh(name: string): Promise<NetworkRecord | undefined>;
  byUuid(uuid: string): Promise<NetworkRecord | undefined>;
}

/** The port ledger. One record for a MAC on a network: making the record is taking the MAC. */
export interface Ledger {
  /** Answers the revision, or undefined when the MAC is taken. */
  create(port: PortRecord): Promise<number | undefined>;
  read(key: PortKey): Promise<At<PortRecord> | undefined>;
  /** Answers the new revision, or undefined when the record has changed since. */
  replace(port: PortRecord, revision: number): Promise<number | undefined>;
  /** True when it was there at that revision. */
  remove(key: PortKey, revision: number): Promise<boolean>;
  /** As last heard of: may lag behind the truth. */
  known(): readonly PortRecord[];
}

/** What others are told. */
export interface Announcements {
  allocated(port: PortRecord): void;
  released(port: PortRecord): void;
}
