import type { AddressRecord, NetworkRecord, OwnedBy, PortKey, PortRecord, VniRecord } from '@virtbus/contracts';

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
  /** Whose a domain is; undefined when there is none. Past every cache. */
  ownerOf(domain: string): Promise<OwnedBy | undefined>;
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
  /** The ports of a network, past every cache. */
  ofNetwork(networkUuid: string): Promise<readonly At<PortRecord>[]>;
  /** As last heard of: may lag behind the truth. */
  known(): readonly PortRecord[];
  /** The port whose trusted guest has taken this MAC for its own; as last heard of. */
  guestWith(key: PortKey): PortRecord | undefined;
}

export type AddressKey = Pick<AddressRecord, 'networkUuid' | 'address'>;

/** One record for an address of a network: making the record is taking the address. */
export interface Addresses {
  /** False when somebody has it. */
  create(record: AddressRecord): Promise<boolean>;
  read(key: AddressKey): Promise<At<AddressRecord> | undefined>;
  /** False when the record has changed since. */
  replace(record: AddressRecord, revision: number): Promise<boolean>;
  remove(key: AddressKey, revision: number): Promise<boolean>;
  /** These three as last heard of: they may lag behind the truth. */
  peek(key: AddressKey): At<AddressRecord> | undefined;
  heldBy(networkUuid: string, mac: string): readonly AddressRecord[];
  known(): readonly { readonly value: AddressRecord; readonly writtenAt: Date }[];
}

/** VXLAN network identifiers. */
export interface Vnis {
  ofNetwork(networkUuid: string): Promise<number | undefined>;
  /** The UUID of whoever has the number; the given one when it is taken now, or was. */
  take(vni: number, networkUuid: string, at: Date): Promise<string>;
  /** The number that holds for the network: the given one, unless another than `before` was settled meanwhile. */
  settle(networkUuid: string, vni: number, at: Date, before: number | undefined): Promise<number>;
  release(vni: number, networkUuid: string): Promise<void>;
  forgetNetwork(networkUuid: string): Promise<void>;
  known(): Promise<readonly VniRecord[]>;
}

/** What others are told. */
export interface Announcements {
  allocated(port: PortRecord): void;
  released(port: PortRecord): void;
}
