import { builtinFilters, parseNwfilter, type NwfilterDef } from '@virtbus/libvirt-xml';
import type { FilterSource } from './filter-source.js';

/** The fleet's filters, which a test changes. */
export class TestFilters implements FilterSource {
  private readonly all = new Map<string, NwfilterDef>(builtinFilters.map((one) => [one.name, one]));
  private readonly listeners = new Set<(names: ReadonlySet<string>) => void>();
  known = true;

  definitions(): ReadonlyMap<string, NwfilterDef> | undefined {
    return this.known ? this.all : undefined;
  }

  onChange(listener: (names: ReadonlySet<string>) => void): void {
    this.listeners.add(listener);
  }

  async reached(): Promise<void> {
    // What a test defines is known at once.
  }

  /** Nobody follows them any more: another agent comes. */
  forgetListeners(): void {
    this.listeners.clear();
  }

  define(xml: string): void {
    const filter = parseNwfilter(xml);
    this.all.set(filter.name, filter);
    for (const listener of this.listeners) listener(new Set([filter.name]));
  }
}
