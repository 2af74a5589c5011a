/** Who uses which device, in memory, for tests. Revisions are as a bucket has them. */
import type { HostDeviceRecord, HostDevices } from '@virtbus/contracts';
import type { DeviceKey, DeviceRecords, Hosts } from './device-book.js';

export class MemoryDevices implements DeviceRecords, Hosts {
  readonly entries = new Map<string, { readonly value: HostDeviceRecord; readonly revision: number }>();
  /** What `known` shows; undefined: the truth. */
  seen: readonly HostDeviceRecord[] | undefined;
  private revision = 0;

  constructor(private readonly hosts: Readonly<Record<string, HostDevices>>) {}

  async read(key: DeviceKey) {
    return this.entries.get(keyOf(key));
  }

  async write(record: HostDeviceRecord, revision: number) {
    if ((this.entries.get(keyOf(record))?.revision ?? 0) !== revision) return false;
    this.entries.set(keyOf(record), { value: record, revision: (this.revision += 1) });
    return true;
  }

  async remove(key: DeviceKey, revision: number) {
    return this.entries.get(keyOf(key))?.revision === revision && this.entries.delete(keyOf(key));
  }

  known() {
    return this.seen ?? [...this.entries.values()].map(({ value }) => value);
  }

  async devicesOf(hostId: string) {
    return this.hosts[hostId];
  }
}

const keyOf = ({ hostId, device }: DeviceKey): string => `${hostId} ${device}`;
