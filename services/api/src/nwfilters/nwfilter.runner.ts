import { Refusal, type NwfilterRecord, type ObjectId } from '@virtbus/contracts';
import { builtinFilters, formatNwfilter, parseNwfilter, type NwfilterDef } from '@virtbus/libvirt-xml';
import { includedBy, reaches } from '../core/filter-loop.js';
import { refuseName } from '../core/object-name.js';
import { keepable } from '../core/kept-size.js';
import { readingXml } from '../core/xml-refusal.js';
import type { At, Clock, Names, Records } from '../ports.js';

type Definition = NwfilterDef & { readonly uuid: string };

const MAX_ATTEMPTS = 10;
const MODULE = 33;

const failed = (words: string): Refusal => new Refusal('operation_failed', `operation failed: ${words}`, { domain: MODULE });
const isBuiltin = (uuid: string): boolean => builtinFilters.some((one) => one.uuid === uuid);

/** Definitions of network filters. */
export class NwfilterRunner {
  constructor(
    private readonly records: Records<NwfilterRecord>,
    private readonly names: Names,
    private readonly clock: Pick<Clock, 'newUuid'>,
    /** Filters that running guests have, by name. */
    private readonly inUse: () => readonly string[],
  ) {}

  /** Makes the filters that every fleet has from the start, where they have never been. */
  async seed(): Promise<void> {
    for (const filter of builtinFilters) {
      if (await this.records.byUuid(filter.uuid)) continue;
      if ((await this.names.claim(filter.name, filter.uuid)) !== filter.uuid) continue;
      // Another replica may be quicker.
      await this.records.write(recordOf(filter), 0);
    }
  }

  /** @throws Refusal xml_error and its kin; operation_failed when name or UUID are another filter's, or it would contain itself */
  async define(xml: string): Promise<ObjectId> {
    const definition = this.parse(xml);
    const { uuid, name } = definition;
    if (await reaches(name, includedBy(definition), (filter) => this.included(filter))) throw failed('filter would introduce a loop');
    const record = recordOf(definition);
    await this.claimName(definition);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const held = await this.records.byUuid(uuid);
      if (await this.records.write(record, held?.revision ?? 0)) return { uuid, name };
    }
    throw new Error(`filter ${uuid}: its record was contended ${MAX_ATTEMPTS} times`);
  }

  /** @throws Refusal no_nwfilter, operation_invalid while a running guest has it, itself or in another */
  async undefine(reference: string): Promise<ObjectId> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { value, revision } = await this.found(reference);
      await this.refuseUsed(value.name);
      const { uuid, name } = value;
      // A filter that was there from the start would else be made again.
      const gone = isBuiltin(uuid)
        ? await this.records.write({ ...value, removed: true }, revision)
        : await this.records.remove(uuid, revision);
      if (!gone) continue;
      await this.names.release(name, uuid);
      return { uuid, name };
    }
    throw new Error(`filter ${reference}: its record was contended ${MAX_ATTEMPTS} times`);
  }

  async xml(reference: string): Promise<string> {
    return (await this.found(reference)).value.xml;
  }

  /** At which everything is there that a filter is made of; 0 when there is none of that name. */
  async revisionOf(filter: string): Promise<number> {
    let revision = 0;
    const included = async (name: string): Promise<readonly string[]> => {
      const held = await this.records.find(name);
      if (!held || held.value.removed) return [];
      revision = Math.max(revision, held.revision);
      return includedBy(parseNwfilter(held.value.xml));
    };
    // No filter has an empty name: all of them are visited.
    await reaches('', [filter], included);
    return revision;
  }

  private parse(xml: string): Definition {
    const definition = readingXml(() => parseNwfilter(xml, { newUuid: () => this.clock.newUuid() }));
    refuseName(definition.name);
    return { ...definition, uuid: definition.uuid ?? this.clock.newUuid() };
  }

  private async claimName({ name, uuid }: Definition): Promise<void> {
    const before = (await this.records.byUuid(uuid))?.value;
    if (before && !before.removed && before.name !== name)
      throw failed(`filter with same UUID but different name ('${before.name}') already exists`);
    const holder = await this.names.claim(name, uuid);
    if (holder !== uuid) throw failed(`filter '${name}' already exists with uuid ${holder}`);
  }

  private async refuseUsed(name: string): Promise<void> {
    if (!(await reaches(name, this.inUse(), (filter) => this.included(filter)))) return;
    throw new Refusal('operation_invalid', 'Requested operation is not valid: nwfilter is in use', { domain: MODULE });
  }

  private async included(filter: string): Promise<readonly string[]> {
    const held = await this.records.find(filter);
    return held && !held.value.removed ? includedBy(parseNwfilter(held.value.xml)) : [];
  }

  private async found(reference: string): Promise<At<NwfilterRecord>> {
    const found = await this.records.find(reference);
    if (!found || found.value.removed) {
      throw new Refusal('no_nwfilter', `Network filter not found: no nwfilter with matching name '${reference}'`);
    }
    return found;
  }
}

const recordOf = (filter: Definition): NwfilterRecord => ({ uuid: filter.uuid, name: filter.name, xml: keepable(formatNwfilter(filter)) });
