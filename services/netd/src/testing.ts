/** In-memory addresses and network identifiers, as the buckets keep them: for this package's unit tests. */
import type { AddressRecord, VniRecord } from '@virtbus/contracts';
import type { AddressKey, Addresses, At, Vnis } from './ports.js';

const keyOf = ({ networkUuid, address }: AddressKey): string => `${networkUuid} ${address}`;

export class MemoryAddresses implements Addresses {
  readonly entries = new Map<string, At<AddressRecord> & { readonly writtenAt: Date }>();
  private revision = 0;

  constructor(private readonly now: () => Date) {}

  async create(record: AddressRecord): Promise<boolean> {
    if (this.entries.has(keyOf(record))) return false;
    this.put(record);
    return true;
  }
  async read(key: AddressKey): Promise<At<AddressRecord> | undefined> {
    return this.entries.get(keyOf(key));
  }
  async replace(record: AddressRecord, revision: number): Promise<boolean> {
    if (this.entries.get(keyOf(record))?.revision !== revision) return false;
    this.put(record);
    return true;
  }
  async remove(key: AddressKey, revision: number): Promise<boolean> {
    return this.entries.get(keyOf(key))?.revision === revision && this.entries.delete(keyOf(key));
  }
  peek(key: AddressKey): At<AddressRecord> | undefined {
    return this.entries.get(keyOf(key));
  }
  heldBy(networkUuid: string, mac: string): readonly AddressRecord[] {
    return [...this.entries.values()].map((entry) => entry.value).filter((each) => each.networkUuid === networkUuid && each.mac === mac);
  }
  known(): readonly { readonly value: AddressRecord; readonly writtenAt: Date }[] {
    return [...this.entries.values()];
  }
  private put(value: AddressRecord): void {
    this.entries.set(keyOf(value), { value, revision: (this.revision += 1), writtenAt: this.now() });
  }
}

export class MemoryVnis implements Vnis {
  readonly numbers = new Map<number, VniRecord>();
  readonly networks = new Map<string, number>();

  async ofNetwork(networkUuid: string): Promise<number | undefined> {
    return this.networks.get(networkUuid);
  }
  async take(vni: number, networkUuid: string, at: Date): Promise<string> {
    if (!this.numbers.has(vni)) this.numbers.set(vni, { vni, networkUuid, takenAt: at.toISOString() });
    return this.numbers.get(vni)?.networkUuid ?? networkUuid;
  }
  async settle(networkUuid: string, vni: number, _at: Date, before: number | undefined): Promise<number> {
    const held = this.networks.get(networkUuid);
    if (held !== undefined && held !== before) return held;
    this.networks.set(networkUuid, vni);
    return vni;
  }
  async release(vni: number, networkUuid: string): Promise<void> {
    if (this.numbers.get(vni)?.networkUuid === networkUuid) this.numbers.delete(vni);
  }
  async forgetNetwork(networkUuid: string): Promise<void> {
    this.networks.delete(networkUuid);
  }
  async known(): Promise<readonly VniRecord[]> {
    return [...this.numbers.values()];
  }
}
