import type { AddressRecord, PortAddress } from '@virtbus/contracts';
import type { NetworkDef } from '@virtbus/libvirt-xml';
import { addressWishes, type AddressWish, type Wisher } from './core/port-addresses.js';
import type { AddressKey, Addresses } from './ports.js';

export interface Taker extends Wisher {
  readonly networkUuid: string;
}

/** An address that was taken by a crash only, for a port that never came to be, is looked at no sooner than this. */
const SWEEP_AGE_MS = 2 * 60_000;
/** Records of addresses that nobody has are kept no longer. */
const FORGET_MS = 7 * 24 * 3_600_000;

/**
 * Who has which address on a network. Making an address's record is taking the address, whichever host its guest runs on; so no two
 * hosts lend one address. A guest comes back to what it had; another guest gets it once every lease of it has run out.
 */
export class AddressBook {
  constructor(
    private readonly addresses: Addresses,
    private readonly now: () => Date,
  ) {}

  /** One address in each family that the network lends; none in a family whose addresses are all taken. Repeating it gives the same. */
  async take(network: NetworkDef, taker: Taker): Promise<PortAddress[]> {
    const taken = await Promise.all(addressWishes(network, taker).map((wish) => this.grant(wish, taker)));
    return taken.filter((each) => each !== undefined);
  }

  /** The port of the MAC is gone; the addresses stay its own until their leases have run out. */
  async release(networkUuid: string, mac: string): Promise<void> {
    for (const held of this.addresses.heldBy(networkUuid, mac)) await this.retire(held, mac);
  }

  /** Nobody may have taken or lent what a stopped network has lent. */
  async forgetReleased(networkUuid: string): Promise<void> {
    for (const { value } of this.addresses.known()) {
      if (value.networkUuid === networkUuid && value.releasedAt !== undefined) await this.forget(value);
    }
  }

  /** Gives back what a crash has left, and forgets what has long been free. */
  async sweep(hasPort: (networkUuid: string, mac: string) => Promise<boolean>): Promise<void> {
    const now = this.now().getTime();
    for (const { value, writtenAt } of this.addresses.known()) {
      if (value.releasedAt === undefined) {
        if (writtenAt.getTime() < now - SWEEP_AGE_MS && !(await hasPort(value.networkUuid, value.mac))) await this.retire(value, value.mac);
      } else if (Date.parse(value.releasedAt) < now - FORGET_MS) await this.forget(value);
    }
  }

  private async grant(wish: AddressWish, { networkUuid, mac }: Taker): Promise<PortAddress | undefined> {
    const held = this.addresses.heldBy(networkUuid, mac).filter(({ family }) => family === wish.family);
    const owned = { networkUuid, family: wish.family, mac };
    const first = wish.fixed === undefined ? undefined : await this.claim({ ...owned, address: wish.fixed, fixed: true }, wish.leaseMs);
    const chosen = first ?? (await this.keep(wish, held)) ?? (await this.search(wish, owned));
    for (const each of held) if (chosen && each.address !== chosen) await this.retire(each, mac);
    return chosen === undefined ? undefined : { family: wish.family, address: chosen };
  }

  private async keep(wish: AddressWish, held: readonly AddressRecord[]): Promise<string | undefined> {
    for (const { releasedAt: _, fixed: __, ...each } of held) {
      if (wish.allows(each.address) && (await this.claim(each, wish.leaseMs)) !== undefined) return each.address;
    }
    return undefined;
  }

  private async search(wish: AddressWish, owned: Omit<AddressRecord, 'address'>): Promise<string | undefined> {
    for (const address of wish.candidates()) {
      const record = { ...owned, address };
      const known = this.addresses.peek(record);
      if (known && !this.isFree(known.value, record, wish.leaseMs)) continue;
      if ((await this.claim(record, wish.leaseMs)) !== undefined) return address;
    }
    return undefined;
  }

  /** Answers the address when it is the record's MAC's from now on. What is known is mostly true still: the write finds out. */
  private async claim(record: AddressRecord, leaseMs: number): Promise<string | undefined> {
    const known = this.addresses.peek(record);
    if (known?.value.releasedAt !== undefined && this.isFree(known.value, record, leaseMs)) {
      if (await this.addresses.replace(record, known.revision)) return record.address;
    }
    return this.claimUnknown(record, leaseMs);
  }

  private async claimUnknown(record: AddressRecord, leaseMs: number): Promise<string | undefined> {
    if (await this.addresses.create(record)) return record.address;
    const held = await this.addresses.read(record);
    if (!held) return this.claimUnknown(record, leaseMs);
    if (!this.isFree(held.value, record, leaseMs)) return undefined;
    if (held.value.mac === record.mac && held.value.releasedAt === undefined && held.value.fixed === record.fixed) return record.address;
    return (await this.addresses.replace(record, held.revision)) ? record.address : this.claimUnknown(record, leaseMs);
  }

  private isFree(held: AddressRecord, { mac }: AddressRecord, leaseMs: number): boolean {
    if (held.mac === mac) return true;
    return held.releasedAt !== undefined && Date.parse(held.releasedAt) + leaseMs < this.now().getTime();
  }

  private async retire(key: AddressKey, mac: string): Promise<void> {
    const held = await this.addresses.read(key);
    if (held?.value.mac !== mac || held.value.releasedAt !== undefined) return;
    await this.addresses.replace({ ...held.value, releasedAt: this.now().toISOString() }, held.revision);
  }

  private async forget(key: AddressKey): Promise<void> {
    const held = await this.addresses.read(key);
    if (held?.value.releasedAt !== undefined) await this.addresses.remove(key, held.revision);
  }
}
