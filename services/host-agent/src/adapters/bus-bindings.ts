import { bindingRecords, tokenFromName, type BindingRecord } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import type { BindingFacts } from '../nwfilter/filter-bindings.js';

/** This host's part of the bucket. What it has written it remembers: it is the only one who writes there. */
export class BusBindings implements BindingFacts {
  private constructor(
    private readonly bus: Bus,
    private readonly hostId: string,
    private readonly said: Set<string>,
  ) {}

  static async open(bus: Bus, hostId: string): Promise<BusBindings> {
    const view = await bus.bucket(bindingRecords).view({ hostId });
    const said = new Set(view.entries().map(({ value }) => value.portDev));
    await view.close();
    return new BusBindings(bus, hostId, said);
  }

  told(): readonly string[] {
    return [...this.said];
  }

  async has(record: BindingRecord): Promise<number> {
    const revision = await this.bus.bucket(bindingRecords).put(this.keyOf(record.portDev), record);
    this.said.add(record.portDev);
    return revision;
  }

  async lost(portDev: string): Promise<void> {
    await this.bus.bucket(bindingRecords).delete(this.keyOf(portDev));
    this.said.delete(portDev);
  }

  private keyOf(portDev: string): { readonly hostId: string; readonly link: string } {
    return { hostId: this.hostId, link: tokenFromName(portDev) };
  }
}
