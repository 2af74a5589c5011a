import { defined, Refusal, type NetworkRecord, type ObjectId, type UpdateNetwork } from '@virtbus/contracts';
import { formatNetwork, overlayOf, parseNetwork, type NetworkDef } from '@virtbus/libvirt-xml';
import { bridgeNameCandidates, isChosenByUs } from './core/bridge-names.js';
import { keepable, keepableRecord } from './core/kept-size.js';
import { mustBeAt } from './core/revisions.js';
import type { DefineOptions } from './domain.runner.js';
import { refuseName } from './core/object-name.js';
import { updatedRecord, type DevicesInUse } from './core/network-update.js';
import { withUuid } from './told-holder.js';
import { readingXml } from './core/xml-refusal.js';
import type { At, Clock, Names, Records } from './ports.js';

export interface NetworkChange {
  readonly what: 'defined' | 'undefined' | 'started' | 'stopped';
  readonly record: NetworkRecord;
}

type Definition = NetworkDef & { readonly uuid: string };

/** How a record is to be changed: the new value, nothing at all, or away with it. */
type Edit = { readonly to: NetworkRecord | undefined; readonly changes: readonly NetworkChange[] };

const MAX_ATTEMPTS = 10;
const NETWORK_MODULE = 19;

const invalid = (words: string): Refusal =>
  new Refusal('operation_invalid', `Requested operation is not valid: ${words}`, { domain: NETWORK_MODULE });
const failed = (words: string): Refusal => new Refusal('operation_failed', `operation failed: ${words}`, { domain: NETWORK_MODULE });

/** Network definitions and whether each is active. Each method answers what happened, for the events. */
export class NetworkRunner {
  constructor(
    private readonly records: Records<NetworkRecord>,
    private readonly names: Names,
    private readonly bridges: Names,
    private readonly clock: Clock,
  ) {}

  /** @throws Refusal xml_error and its kin, operation_failed when name or UUID belong to another network */
  async define(xml: string, { project, revision }: DefineOptions = {}): Promise<NetworkChange[]> {
    const definition = this.parse(xml);
    const held = await this.claimName(definition, project);
    const bridge = await this.bridgeFor(definition, held);
    return this.put(definition.uuid, revision, (before) => ({
      ...recordOf(definition, bridge, before),
      ...projectOf(definition, project, before),
    }));
  }

  /** A transient network, active at once. */
  async create(xml: string, project?: string): Promise<NetworkChange[]> {
    const definition = this.parse(xml);
    const held = await this.claimName(definition, project);
    if (held?.active) throw invalid(`network is already active as '${definition.name}'`);
    const bridge = await this.bridgeFor(definition, held);
    const changes = await this.put(definition.uuid, undefined, (before) => ({
      ...recordOf(definition, bridge, before),
      persistent: before?.persistent ?? false,
      ...projectOf(definition, project, before),
    }));
    return [...changes, ...(await this.start(definition.uuid))];
  }

  start(reference: string): Promise<NetworkChange[]> {
    return this.change(reference, (held) => {
      if (held.active) throw invalid('network is already active');
      const record = { ...held, active: true, activation: held.activation + 1 };
      return { to: record, changes: [{ what: 'started', record }] };
    });
  }

  destroy(reference: string): Promise<NetworkChange[]> {
    return this.change(reference, (held) => {
      if (!held.active) throw invalid(`network '${held.name}' is not active`);
      const record = { ...defined({ ...held, liveXml: undefined }), active: false };
      const stopped = { what: 'stopped', record } as const;
      return record.persistent ? { to: record, changes: [stopped] } : { to: undefined, changes: [stopped] };
    });
  }

  undefine(reference: string, revision?: number): Promise<NetworkChange[]> {
    return this.change(reference, (held, at) => {
      mustBeAt(revision, { revision: at });
      if (!held.persistent) throw invalid("can't undefine transient network");
      const record = { ...held, persistent: false, autostart: false };
      return { to: held.active ? record : undefined, changes: [{ what: 'undefined', record }] };
    });
  }

  async setAutostart(reference: string, autostart: boolean): Promise<ObjectId> {
    const found = await this.found(reference);
    await this.change(found.value.uuid, (held) => {
      if (!held.persistent) throw invalid('cannot set autostart for transient network');
      return { to: { ...held, autostart }, changes: [] };
    });
    return { uuid: found.value.uuid, name: found.value.name };
  }

  /** Hosts that have the network follow the record by themselves. @throws Refusal no_network, operation_invalid, and what the XML is refused for */
  async update(update: UpdateNetwork, devicesInUse: (uuid: string) => DevicesInUse): Promise<ObjectId> {
    const { uuid, name } = (await this.found(update.network)).value;
    await this.change(uuid, (held) => ({
      to: keepableRecord(readingXml(() => updatedRecord(held, update, devicesInUse(uuid)))),
      changes: [],
    }));
    return { uuid, name };
  }

  private parse(xml: string): Definition {
    const made = { newUuid: () => this.clock.newUuid(), newMac: () => this.clock.newMac() };
    const definition = readingXml(() => parseNetwork(xml, made));
    readingXml(() => overlayOf(definition));
    refuseName(definition.name);
    // A bridge's name is chosen later.
    keepable(formatNetwork({ ...definition, bridge: { ...definition.bridge, name: definition.bridge?.name ?? LONGEST_LINK } }));
    return { ...definition, uuid: definition.uuid ?? this.clock.newUuid() };
  }

  /** @returns the record that the definition replaces */
  private async claimName(definition: Definition, project: string | undefined): Promise<NetworkRecord | undefined> {
    const { name, uuid } = definition;
    const before = (await this.records.byUuid(uuid))?.value;
    if (before) projectOf(definition, project, before);
    if (before && before.name !== name) throw failed(`network '${before.name}' is already defined with uuid ${uuid}`);
    const holder = await this.names.claim(name, uuid);
    if (holder !== uuid) throw failed(`network '${name}' already exists${await withUuid(this.records, holder, project)}`);
    return before;
  }

  /** libvirt's rule: a name that is not given, or that holds %d, becomes the lowest that is free on all hosts. A bridge of the host's own is left as named. */
  private async bridgeFor(definition: Definition, before: NetworkRecord | undefined): Promise<string | undefined> {
    const given = definition.bridge?.name;
    if (!makesBridge(definition)) return given;
    const kept = isChosenByUs(given) ? before?.bridge : undefined;
    const candidates = kept === undefined ? bridgeNameCandidates(given) : [kept];
    const isTaken = (name: string): boolean => candidates.length > 1 && this.bridges.isOnSomeHost?.(name) === true;
    for (const candidate of candidates.filter((name) => !isTaken(name))) {
      if ((await this.bridges.claim(candidate, definition.uuid)) === definition.uuid) return candidate;
    }
    // Nobody shall wait for a name that was taken in vain.
    if (!before) await this.names.release(definition.name, definition.uuid);
    const words = isChosenByUs(given) ? 'no unused bridge name is left' : `bridge name '${given}' already in use.`;
    throw new Refusal('operation_failed', `internal error: ${words}`, { libvirt: 1, domain: NETWORK_MODULE });
  }

  private async put(
    uuid: string,
    revision: number | undefined,
    make: (before: NetworkRecord | undefined) => NetworkRecord,
  ): Promise<NetworkChange[]> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const held = await this.records.byUuid(uuid);
      mustBeAt(revision, held);
      const record = make(held?.value);
      if (!(await this.records.write(record, held?.revision ?? 0))) continue;
      await this.releaseFormerBridge(held?.value, record);
      return [{ what: 'defined', record }];
    }
    throw new Error(`network ${uuid}: its record was contended ${MAX_ATTEMPTS} times`);
  }

  /** A network that is active still runs with the bridge that it had. */
  private async releaseFormerBridge(before: NetworkRecord | undefined, record: NetworkRecord): Promise<void> {
    if (before?.bridge === undefined || before.active || before.bridge === record.bridge) return;
    await this.bridges.release(before.bridge, record.uuid);
  }

  private async change(reference: string, decide: (held: NetworkRecord, revision: number) => Edit): Promise<NetworkChange[]> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { value, revision } = await this.found(reference);
      const { to, changes } = decide(value, revision);
      const written = to ? await this.records.write(to, revision) : await this.records.remove(value.uuid, revision);
      if (!written) continue;
      if (!to) await this.forgetNames(value);
      return [...changes];
    }
    throw new Error(`network ${reference}: its record was contended ${MAX_ATTEMPTS} times`);
  }

  private async forgetNames({ uuid, name, bridge }: NetworkRecord): Promise<void> {
    await this.names.release(name, uuid);
    if (bridge !== undefined) await this.bridges.release(bridge, uuid);
  }

  private async found(reference: string): Promise<At<NetworkRecord>> {
    const found = await this.records.find(reference);
    if (!found) throw new Refusal('no_network', `Network not found: no network with matching name '${reference}'`);
    return found;
  }
}

/** Modes in which the network is a bridge of its own. */
const makesBridge = ({ forward }: NetworkDef): boolean => ['none', 'nat', 'route', 'open'].includes(forward?.mode ?? 'none');

const LONGEST_LINK = 'x'.repeat(15);
const unused = { autostart: false, active: false, activation: 0, version: 0 };

/** A definition changes nothing that belongs to another project. @throws Refusal operation_failed */
function projectOf(
  { name, uuid }: Definition,
  project: string | undefined,
  before: NetworkRecord | undefined,
): { readonly project?: string } {
  if (before && project !== undefined && before.project !== project) throw failed(`network '${name}' already exists with uuid ${uuid}`);
  return defined({ project: before?.project ?? project });
}

function recordOf(definition: Definition, bridge: string | undefined, before: NetworkRecord | undefined): NetworkRecord {
  const { uuid, name } = definition;
  const { autostart, active, activation, version = 0 } = before ?? unused;
  // What is active goes on by the definition that it was started with.
  const liveXml = before?.active ? (before.liveXml ?? before.xml) : undefined;
  const xml = formatNetwork(bridge === undefined ? definition : { ...definition, bridge: { ...definition.bridge, name: bridge } });
  const state = { persistent: true, autostart, active, activation, version: version + 1 };
  return keepableRecord({ uuid, name, xml, ...state, ...defined({ bridge, liveXml }) });
}
