/** In-memory records and names, as the buckets keep them: for this package's unit tests. */
import type { At, Clock, Kept, Names, Records } from './ports.js';

export class MemoryKept<P extends { readonly uuid: string }> implements Kept<P> {
  readonly entries = new Map<string, At<P>>();
  private revision = 0;

  async byUuid(uuid: string): Promise<At<P> | undefined> {
    return this.entries.get(uuid);
  }
  async write(record: P, revision: number): Promise<boolean> {
    if ((this.entries.get(record.uuid)?.revision ?? 0) !== revision) return false;
    this.entries.set(record.uuid, { value: record, revision: (this.revision += 1) });
    return true;
  }
  async remove(uuid: string, revision: number): Promise<boolean> {
    return this.entries.get(uuid)?.revision === revision && this.entries.delete(uuid);
  }
}

export class MemoryRecords<P extends { readonly uuid: string; readonly name: string }> extends MemoryKept<P> implements Records<P> {
  async find(reference: string): Promise<At<P> | undefined> {
    return this.entries.get(reference) ?? [...this.entries.values()].find((entry) => entry.value.name === reference);
  }
}

export class MemoryNames implements Names {
  readonly held = new Map<string, string>();
  readonly onHosts = new Set<string>();

  isOnSomeHost(name: string): boolean {
    return this.onHosts.has(name);
  }
  async claim(name: string, uuid: string): Promise<string> {
    if (!this.held.has(name)) this.held.set(name, uuid);
    return this.held.get(name) ?? uuid;
  }
  async release(name: string, uuid: string): Promise<void> {
    if (this.held.get(name) === uuid) this.held.delete(name);
  }
}

/** UUIDs and MACs that count up. */
export function countingClock(): Clock {
  let count = 0;
  const next = () => String((count += 1)).padStart(2, '0');
  return {
    now: () => '2026-11-21T10:00:00.000Z',
    newUuid: () => `00000000-0000-0000-0000-0000000000${next()}`,
    newMac: () => `52:54:00:00:00:${next()}`,
  };
}
