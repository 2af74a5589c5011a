import type { At, Names, Records } from '../../ports.js';
import type { MemoryView } from './memory-view.js';

/** Records that are written to a view in memory, at the revision that was read. */
export class ViewRecords<P extends { readonly uuid: string; readonly name: string }> implements Records<P> {
  constructor(private readonly view: MemoryView<P, { readonly uuid: string }>) {}

  async find(reference: string): Promise<At<P> | undefined> {
    return this.view.get({ uuid: reference }) ?? this.view.entries().find((entry) => entry.value.name === reference);
  }

  async byUuid(uuid: string): Promise<At<P> | undefined> {
    return this.view.get({ uuid });
  }

  async write(record: P, revision: number): Promise<boolean> {
    const { uuid } = record;
    if ((this.view.get({ uuid })?.revision ?? 0) !== revision) return false;
    this.view.put({ uuid }, record);
    return true;
  }

  async remove(uuid: string, revision: number): Promise<boolean> {
    if (this.view.get({ uuid })?.revision !== revision) return false;
    this.view.remove({ uuid });
    return true;
  }
}

/** One owner for each name. */
export class HeldNames implements Names {
  private readonly held = new Map<string, string>();

  async claim(name: string, uuid: string): Promise<string> {
    const holder = this.held.get(name) ?? uuid;
    this.held.set(name, holder);
    return holder;
  }

  async release(name: string, uuid: string): Promise<void> {
    if (this.held.get(name) === uuid) this.held.delete(name);
  }
}
