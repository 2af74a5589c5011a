import { nwfilterRecords, type NwfilterRecord } from '@virtbus/contracts';
import { parseNwfilter, type NwfilterDef } from '@virtbus/libvirt-xml';
import type { Bus, View } from '@virtbus/messaging';
import type { FilterDefinitions } from '../core/nwfilter/filter-rule.js';
import type { FilterSource } from '../nwfilter/filter-source.js';
import type { HostLog } from '../ports.js';

/** A watch that is further behind than this is in trouble of its own; what is known is then all there is. */
const BEHIND_MS = 2_000;

/** Filters from a watch. */
export class BusFilters implements FilterSource {
  private known: ReadonlyMap<string, NwfilterDef> | undefined;
  private readonly listeners: ((names: ReadonlySet<string>) => void)[] = [];

  private constructor(
    private readonly view: View<NwfilterRecord>,
    private readonly log: HostLog,
  ) {
    view.onChange(({ entry, previous }) => this.changed([entry?.value.name, previous?.value.name].filter((name) => name !== undefined)));
  }

  static async open(bus: Bus, log: HostLog): Promise<BusFilters> {
    return new BusFilters(await bus.bucket(nwfilterRecords).view(), log);
  }

  definitions(): FilterDefinitions {
    this.known ??= new Map(this.view.entries().flatMap(({ value }) => this.read(value)));
    return this.known;
  }

  onChange(listener: (names: ReadonlySet<string>) => void): void {
    this.listeners.push(listener);
  }

  /** A view has its bucket's writes in their order: with one of them it has all before it. */
  reached(revision: number): Promise<void> {
    const isThere = (): boolean => this.view.entries().some((entry) => entry.revision >= revision);
    if (revision === 0 || isThere()) return Promise.resolve();
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(late);
        end();
        resolve();
      };
      const end = this.view.onChange(() => {
        if (isThere()) settle();
      });
      const late = setTimeout(settle, BEHIND_MS);
    });
  }

  private changed(names: readonly string[]): void {
    this.known = undefined;
    for (const listener of this.listeners) listener(new Set(names));
  }

  private read({ name, xml, removed }: NwfilterRecord): [string, NwfilterDef][] {
    if (removed) return [];
    try {
      return [[name, parseNwfilter(xml)]];
    } catch (error) {
      this.log.error(`filter '${name}' cannot be read, so whatever needs it is refused`, error);
      return [];
    }
  }
}
