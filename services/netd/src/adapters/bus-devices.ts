import { hostDeviceRecords, hostFacts, tokenFromName, type HostDeviceRecord, type HostDevices, type HostFacts } from '@virtbus/contracts';
import { type Bucket, type Bus, type View } from '@virtbus/messaging';
import type { DeviceKey, DeviceRecords, Hosts } from '../device-book.js';
import type { At } from '../ports.js';
import { lostRace } from './lost-race.js';

const keyOf = ({ hostId, device }: DeviceKey) => ({ hostId, device: tokenFromName(device) });

const isWon = async (attempt: Promise<unknown>): Promise<boolean> => (await lostRace(attempt.then(() => true))) ?? false;

export class BusDevices implements DeviceRecords, Hosts {
  private constructor(
    private readonly bus: Bus,
    private readonly bucket: Bucket<typeof hostDeviceRecords>,
    private readonly view: View<HostDeviceRecord>,
    private readonly hosts: View<HostFacts, { readonly hostId: string }>,
  ) {}

  static async open(bus: Bus): Promise<BusDevices> {
    const bucket = bus.bucket(hostDeviceRecords);
    const [view, hosts] = await Promise.all([bucket.view(), bus.bucket(hostFacts).view()]);
    return new BusDevices(bus, bucket, view, hosts);
  }

  read(key: DeviceKey): Promise<At<HostDeviceRecord> | undefined> {
    return this.bucket.get(keyOf(key));
  }

  write(record: HostDeviceRecord, revision: number): Promise<boolean> {
    const key = keyOf(record);
    return isWon(revision === 0 ? this.bucket.create(key, record) : this.bucket.update(key, record, revision));
  }

  remove(key: DeviceKey, revision: number): Promise<boolean> {
    return isWon(this.bucket.delete(keyOf(key), revision));
  }

  known(): readonly HostDeviceRecord[] {
    return this.view.entries().map((entry) => entry.value);
  }

  /** A host that is not known here may just have come: the bus's leader is asked. */
  async devicesOf(hostId: string): Promise<HostDevices | undefined> {
    const known = this.hosts.get({ hostId }) ?? (await this.bus.bucket(hostFacts).get({ hostId }));
    return known?.value.devices;
  }
}
