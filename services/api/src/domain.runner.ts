import { defined, Refusal, type DomainRecord, type ObjectId } from '@virtbus/contracts';
import { assignDefaults, formatDomain, parseDomain, type DomainDef, type EmulatorCapabilities } from '@virtbus/libvirt-xml';
import { DEFAULT_ARCH, sizesOf } from './core/demand.js';
import { keepable } from './core/kept-size.js';
import { refuseName } from './core/object-name.js';
import { withUuid } from './told-holder.js';
import { mustBeAt } from './core/revisions.js';
import { readingXml } from './core/xml-refusal.js';
import type { At, Clock, Names, Records } from './ports.js';

const MAX_ATTEMPTS = 10;
/** How many commands that changed a definition it remembers: more than can be on their way at once. */
const REVISIONS_KEPT = 16;

export interface Defined extends ObjectId {
  /** libvirt's word for how the definition came about. */
  readonly detail: 'added' | 'updated';
}

export interface Renamed extends ObjectId {
  /** The name that it had; absent when the command had been carried out before. */
  readonly before?: string;
}

export interface DefineOptions {
  /** The project that a new domain falls to. */
  readonly project?: string | undefined;
  /** The revision that must be replaced; 0 for none. */
  readonly revision?: number | undefined;
}

/** What of the fleet a definition depends on. */
export interface Fleet {
  /** Whether a domain has QEMU running for it, or about to: what only the scheduler and the host know. */
  isActive(uuid: string): Promise<boolean>;
  /** The name under which an active domain was placed, '' when that is not known; undefined of what is not active, or where all is of one process. */
  readonly startedAs?: (uuid: string) => Promise<string | undefined>;
  /** What the fleet's emulators have in common; undefined while no host has reported. */
  emulator(arch: string): EmulatorCapabilities | undefined;
  /** What a definition gets that does not say everything; what QEMU needs when the fleet does not say. @throws LibvirtError */
  readonly complete?: (definition: DomainDef) => DomainDef;
  /** What runs domains of a type; QEMU alone when the fleet does not say. */
  readonly hypervisorOf?: (type: string) => DomainRecord['demand']['type'] | undefined;
}

const failed = (words: string): Refusal => new Refusal('operation_failed', `operation failed: ${words}`, { domain: 20 });
const invalid = (words: string): Refusal => new Refusal('operation_invalid', `Requested operation is not valid: ${words}`);

/** Domain definitions. */
export class DomainRunner {
  constructor(
    private readonly records: Records<DomainRecord>,
    private readonly names: Names,
    private readonly fleet: Fleet,
    private readonly clock: Clock,
  ) {}

  /** @throws Refusal xml_error and its kin, payload_too_large, operation_failed when name or UUID belong to another domain */
  async define(xml: string, { project, revision }: DefineOptions = {}): Promise<Defined> {
    const definition = this.parse(xml);
    // What is refused takes no name.
    const record = this.recordOf(definition);
    await this.claimName(definition, project);
    return this.put(definition.uuid, revision, (before) => ({
      ...record,
      ...wishesOf(before),
      ...projectOf(definition, project, before),
    }));
  }

  /**
   * The definition of a transient domain, about to be started. A crash may call this `again` for one command: then the definition is
   * there, and its start is under way or done. `uuid` is for XML that has none.
   */
  async defineTransient(
    xml: string,
    { uuid, again, project }: { readonly uuid: string; readonly again: boolean; readonly project?: string | undefined },
  ): Promise<Defined> {
    const definition = this.parse(xml, uuid);
    const record = this.recordOf(definition);
    const before = await this.claimName(definition, project);
    if (before?.persistent) throw failed(`domain '${definition.name}' already exists with uuid ${before.uuid}`);
    if (before && !again && (await this.fleet.isActive(before.uuid))) throw invalid(`domain '${before.name}' is already active`);
    return this.put(definition.uuid, undefined, (known) => ({
      ...record,
      persistent: false,
      ...projectOf(definition, project, known),
    }));
  }

  /** An active domain becomes transient, an inactive one is forgotten. @throws Refusal no_domain, operation_invalid */
  async undefine(reference: string, revision?: number): Promise<ObjectId> {
    return this.change(reference, async (record, at) => {
      mustBeAt(revision, { revision: at });
      if (!record.persistent) throw invalid('cannot undefine transient domain');
      return (await this.fleet.isActive(record.uuid)) ? { ...record, persistent: false, autostart: false } : undefined;
    });
  }

  /**
   * Another name for a domain that is not active, once for each command.
   * @throws Refusal no_domain, operation_invalid; xml_error and invalid_argument for what no domain is called
   */
  async rename(reference: string, name: string, commandId: string): Promise<Renamed> {
    refuseNewName(name);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { value: record, revision } = await this.renamedOr(reference, name, commandId);
      const { uuid, name: before } = record;
      if (isRevisedBy(record, commandId)) return { uuid, name };
      await this.mayBeRenamed(record, name);
      if ((await this.names.claim(name, uuid)) !== uuid) throw invalid(`domain with name '${name}' already exists`);
      const xml = formatDomain({ ...parseDomain(record.xml), name });
      const isWritten = await this.records.write({ ...record, name, xml, revisedBy: withRevision(record, commandId) }, revision);
      if (isWritten) await this.refuseStarted(record, name, commandId);
      await this.names.release(isWritten ? before : name, uuid);
      if (isWritten) return { uuid, name, before };
    }
    throw new Error(`domain ${reference}: its record was contended ${MAX_ATTEMPTS} times`);
  }

  /**
   * A start of the same moment may have placed the domain under the name that it had: then it keeps that. One that places it later
   * finds the new name, since it looks at the definition once more behind the placement.
   * @throws Refusal operation_invalid
   */
  private async refuseStarted(before: DomainRecord, name: string, commandId: string): Promise<void> {
    const { uuid, xml } = before;
    const startedAs = await this.fleet.startedAs?.(uuid);
    if (startedAs === undefined || startedAs === name) return;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const held = await this.records.byUuid(uuid);
      if (!held || held.value.name !== name || !isRevisedBy(held.value, commandId)) break;
      const { revisedBy = [], ...now } = held.value;
      const taken = { ...now, name: before.name, xml, revisedBy: revisedBy.filter((each) => each !== commandId) };
      if (await this.records.write(taken, held.revision)) break;
    }
    await this.names.release(name, uuid);
    throw invalid('cannot rename active domain');
  }

  /** A transient domain has stopped: its definition goes. A persistent one stays as it is. */
  async stopped(uuid: string): Promise<void> {
    const held = await this.records.byUuid(uuid);
    if (!held || held.value.persistent) return;
    if (await this.records.remove(uuid, held.revision)) await this.names.release(held.value.name, uuid);
  }

  /** @throws Refusal no_domain */
  setAgentTimeout(reference: string, seconds: number): Promise<ObjectId> {
    return this.change(reference, async (record) => ({ ...record, agentSeconds: seconds }));
  }

  async setAutostart(reference: string, autostart: boolean): Promise<ObjectId> {
    return this.change(reference, async (record) => {
      if (!record.persistent) throw invalid('cannot set autostart for transient domain');
      return { ...record, autostart };
    });
  }

  /** @throws Refusal no_domain */
  async record(reference: string): Promise<DomainRecord> {
    return (await this.found(reference)).value;
  }

  /** Changes a definition and keeps everything that is not in it. @throws Refusal no_domain, and what the definition is refused for */
  redefine(reference: string, change: (domain: DomainDef) => DomainDef): Promise<ObjectId> {
    return this.change(reference, async (record) => this.edited(record, change));
  }

  /** @throws Refusal as `redefine` */
  preview(record: DomainRecord, change: (domain: DomainDef) => DomainDef): void {
    this.edited(record, change);
  }

  /**
   * Changes a persistent definition, once for each command. A definition that its running guest no longer has does not change.
   * @throws Refusal no_domain, operation_invalid for a transient domain, and what reading the result finds
   */
  async revise(reference: string, commandId: string, edit: (definition: DomainDef) => DomainDef): Promise<ObjectId> {
    return this.change(reference, async (record) => {
      if (isRevisedBy(record, commandId)) return record;
      return { ...this.revised(record, edit), revisedBy: withRevision(record, commandId) };
    });
  }

  /** Whether `revise` would do it. @throws Refusal as `revise` does */
  async couldRevise(reference: string, edit: (definition: DomainDef) => DomainDef): Promise<void> {
    this.revised((await this.found(reference)).value, edit);
  }

  /** What is new in it gets a place, as at a definition. */
  private revised(record: DomainRecord, edit: (definition: DomainDef) => DomainDef): DomainRecord {
    const { persistent, project } = record;
    if (!persistent) throw invalid('transient domains do not have any persistent config');
    const definition = this.parse(readingXml(() => formatDomain(edit(parseDomain(record.xml)))));
    return { ...this.recordOf(definition), ...wishesOf(record), ...defined({ project }) };
  }

  private parse(xml: string, uuid?: string): DomainDef & { readonly uuid: string } {
    const newUuid = () => uuid ?? this.clock.newUuid();
    const definition = readingXml(() => {
      const given = parseDomain(xml, { newUuid, newMac: () => this.clock.newMac() });
      return this.fleet.complete?.(given) ?? assignDefaults(given, this.fleet.emulator(given.os.type.arch ?? DEFAULT_ARCH));
    });
    refuseName(definition.name);
    return { ...definition, uuid: definition.uuid ?? newUuid() };
  }

  private async claimName(
    { name, uuid }: { readonly name: string; readonly uuid: string },
    project: string | undefined,
  ): Promise<DomainRecord | undefined> {
    const before = (await this.records.byUuid(uuid))?.value;
    if (before) projectOf({ name, uuid }, project, before);
    if (before && before.name !== name) throw failed(`domain '${before.name}' is already defined with uuid ${uuid}`);
    const holder = await this.names.claim(name, uuid);
    if (holder !== uuid) throw failed(`domain '${name}' already exists${await withUuid(this.records, holder, project)}`);
    return before;
  }

  private async put(
    uuid: string,
    revision: number | undefined,
    make: (before: DomainRecord | undefined) => DomainRecord,
  ): Promise<Defined> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const held = await this.records.byUuid(uuid);
      mustBeAt(revision, held);
      const record = make(held?.value);
      if (await this.records.write(record, held?.revision ?? 0)) return { uuid, name: record.name, detail: held ? 'updated' : 'added' };
    }
    throw new Error(`domain ${uuid}: its record was contended ${MAX_ATTEMPTS} times`);
  }

  private async change(
    reference: string,
    decide: (record: DomainRecord, revision: number) => Promise<DomainRecord | undefined>,
  ): Promise<ObjectId> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { value, revision } = await this.found(reference);
      const to = await decide(value, revision);
      const written = to ? await this.records.write(to, revision) : await this.records.remove(value.uuid, revision);
      if (!written) continue;
      if (!to) await this.names.release(value.name, value.uuid);
      return { uuid: value.uuid, name: value.name };
    }
    throw new Error(`domain ${reference}: its record was contended ${MAX_ATTEMPTS} times`);
  }

  /** The changed definition is read once more, as if it had been handed in: what cannot be defined cannot be come by. */
  private edited(record: DomainRecord, change: (domain: DomainDef) => DomainDef): DomainRecord {
    const { uuid, persistent, project } = record;
    const changed = readingXml(() => parseDomain(formatDomain(change(parseDomain(record.xml)))));
    return { ...this.recordOf({ ...changed, uuid }), persistent, ...wishesOf(record), ...defined({ project }) };
  }

  private recordOf(definition: DomainDef & { readonly uuid: string }): DomainRecord {
    const { uuid, name, title } = definition;
    return {
      uuid,
      name,
      xml: keepable(formatDomain(definition)),
      persistent: true,
      autostart: false,
      ...sizesOf(definition, this.fleet.hypervisorOf),
      ...(title === undefined ? {} : { title }),
    };
  }

  /** The domain, also when this very command has named it anew already and its old name finds it no more. */
  private async renamedOr(reference: string, name: string, commandId: string): Promise<At<DomainRecord>> {
    const held = await this.records.find(reference);
    if (held) return held;
    const renamed = await this.records.find(name);
    return renamed && isRevisedBy(renamed.value, commandId) ? renamed : this.found(reference);
  }

  private async mayBeRenamed(record: DomainRecord, name: string): Promise<void> {
    if (await this.fleet.isActive(record.uuid)) throw invalid('cannot rename active domain');
    if (!record.persistent) throw invalid('cannot rename a transient domain');
    if (record.name === name) throw invalid("Can't rename domain to itself");
  }

  private async found(reference: string): Promise<At<DomainRecord>> {
    const found = await this.records.find(reference);
    if (!found) throw new Refusal('no_domain', `Domain not found: no domain with matching name '${reference}'`);
    return found;
  }
}

const isRevisedBy = ({ revisedBy = [] }: DomainRecord, commandId: string): boolean => revisedBy.includes(commandId);
const withRevision = ({ revisedBy = [] }: DomainRecord, commandId: string): string[] => [...revisedBy, commandId].slice(-REVISIONS_KEPT);

/** @throws Refusal xml_error, invalid_argument */
function refuseNewName(name: string): void {
  if (name === '') throw new Refusal('invalid_argument', 'invalid argument: the new name is empty');
  if (name.includes('/')) throw new Refusal('xml_error', `XML error: name ${name} cannot contain '/'`);
  refuseName(name);
}

/** What is wanted of a domain beside its definition, which a new one leaves as it is. */
const wishesOf = ({ autostart = false, agentSeconds }: Partial<DomainRecord> = {}) => ({ autostart, ...defined({ agentSeconds }) });

/** A definition changes nothing that belongs to another project. @throws Refusal operation_failed */
function projectOf(
  { name, uuid }: { readonly name: string; readonly uuid: string },
  project: string | undefined,
  before: DomainRecord | undefined,
): { readonly project?: string } {
  if (before && project !== undefined && before.project !== project) throw failed(`domain '${name}' already exists with uuid ${uuid}`);
  return defined({ project: before?.project ?? project });
}
