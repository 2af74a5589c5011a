import { addressRecords, type AddressRecord } from '@virtbus/contracts';
import { parseIp } from '@virtbus/libvirt-xml';
import type { Bucket, Bus, View } from '@virtbus/messaging';
import type { AddressKey, Addresses, At } from '../ports.js';
import { lostRace } from './lost-race.js';

/** A key holds neither dot nor colon. */
const keyOf = ({ networkUuid, address }: AddressKey) => {
  const ip = parseIp(address);
  if (!ip) throw new RangeError(`${address} is not an address`);
  return { networkUuid, address: ip.bits.toString(16).padStart(ip.family === 'ipv4' ? 8 : 32, '0') };
};

const ownerOf = (networkUuid: string, mac: string): string => `${networkUuid} ${mac}`;

export class BusAddresses implements Addresses {
  private readonly byOwner = new Map<string, Map<string, AddressRecord>>();

  private constructor(
    private readonly bucket: Bucket<typeof addressRecords>,
    private readonly view: View<AddressRecord, { readonly networkUuid: string; readonly address: string }>,
  ) {
    for (const { value } of view.entries()) this.index(value);
    view.onChange(({ entry, previous }) => {
      if (previous) this.byOwner.get(ownerOf(previous.value.networkUuid, previous.value.mac))?.delete(previous.value.address);
      if (entry) this.index(entry.value);
    });
  }

  static async open(bus: Bus): Promise<BusAddresses> {
    const bucket = bus.bucket(addressRecords);
    return new BusAddresses(bucket, await bucket.view());
  }

  async create(record: AddressRecord): Promise<boolean> {
    return (await lostRace(this.bucket.create(keyOf(record), record))) !== undefined;
  }

  read(key: AddressKey): Promise<At<AddressRecord> | undefined> {
    return this.bucket.get(keyOf(key));
  }

  async replace(record: AddressRecord, revision: number): Promise<boolean> {
    return (await lostRace(this.bucket.update(keyOf(record), record, revision))) !== undefined;
  }

  async remove(key: AddressKey, revision: number): Promise<boolean> {
    return (await lostRace(this.bucket.delete(keyOf(key), revision).then(() => true))) ?? false;
  }

  peek(key: AddressKey): At<AddressRecord> | undefined {
    return this.view.get(keyOf(key));
  }

  heldBy(networkUuid: string, mac: string): readonly AddressRecord[] {
    return [...(this.byOwner.get(ownerOf(networkUuid, mac))?.values() ?? [])];
  }

  known(): readonly { readonly value: AddressRecord; readonly writtenAt: Date }[] {
    return this.view.entries();
  }

  private index(record: AddressRecord): void {
    const owner = ownerOf(record.networkUuid, record.mac);
    const held = this.byOwner.get(owner) ?? new Map<string, AddressRecord>();
    this.byOwner.set(owner, held.set(record.address, record));
  }
}
