import type { PortKey, PortRecord } from '@virtbus/contracts';
import type { Ledger } from './ports.js';

/** Ports in memory, for tests. Revisions are as a bucket has them: one counter for all keys. */
export class MemoryLedger implements Ledger {
  readonly entries = new Map<string, { value: PortRecord; revision: number }>();
  private revision = 0;
  private readonly key = ({ networkUuid: uuid, mac: address }: PortKey) => `${uuid} ${address}`;
  async create(port: PortRecord) {
    if (this.entries.has(this.key(port))) return undefined;
    return this.put(port);
  }
  async read(key: PortKey) {
    return this.entries.get(this.key(key));
  }
  async replace(port: PortRecord, revision: number) {
    return this.entries.get(this.key(port))?.revision === revision ? this.put(port) : undefined;
  }
  async remove(key: PortKey, revision: number) {
    return this.entries.get(this.key(key))?.revision === revision && this.entries.delete(this.key(key));
  }
  async ofNetwork(uuid: string) {
    return [...this.entries.values()].filter(({ value }) => value.networkUuid === uuid);
  }
  known() {
    return [...this.entries.values()].map((entry) => entry.value);
  }
  guestWith({ networkUuid: uuid, mac: address }: PortKey) {
    return this.known().find((port) => port.networkUuid === uuid && port.guestMac === address);
  }
  private put(value: PortRecord): number {
    this.entries.set(this.key(value), { value, revision: (this.revision += 1) });
    return this.revision;
  }
}
