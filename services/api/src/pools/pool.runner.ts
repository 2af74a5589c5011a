import { defined, Refusal, type PoolBuild, type PoolRecord } from '@virtbus/contracts';
import { formatStoragePool, parseStoragePool, type StoragePoolDef } from '@virtbus/libvirt-xml';
import { refuseName } from '../core/object-name.js';
import { keepable } from '../core/kept-size.js';
import { isToldOf, withUuid } from '../told-holder.js';
import { readingXml } from '../core/xml-refusal.js';
import type { At, Clock, Names, Records } from '../ports.js';
import { homeOf, withHome, withoutHome } from './pool-home.js';
import type { Looked, PoolHosts } from './pool-hosts.js';

export interface PoolChange {
  readonly what: 'defined' | 'undefined' | 'started' | 'stopped' | 'created' | 'deleted' | 'refreshed';
  readonly record: PoolRecord;
  readonly looked?: Looked;
}

type Edit = { readonly to: PoolRecord | undefined; readonly changes: readonly PoolChange[] };
type Dir = StoragePoolDef & { readonly type: 'dir' };

const MAX_ATTEMPTS = 10;
const STORAGE = 18;
const INTERNAL = 1;

const invalid = (words: string): Refusal =>
  new Refusal('operation_invalid', `Requested operation is not valid: ${words}`, { domain: STORAGE });
const failed = (words: string): Refusal => new Refusal('operation_failed', `operation failed: ${words}`, { domain: STORAGE });

/** Definitions of storage pools and whether each is active. Directories are the hosts'. Each method answers what happened, for the events. */
export class PoolRunner {
  constructor(
    private readonly records: Records<PoolRecord>,
    private readonly names: Names,
    private readonly hosts: PoolHosts,
    private readonly clock: Pick<Clock, 'newUuid'>,
  ) {}

  /** @throws Refusal xml_error and its kin, config_unsupported for other types than dir, operation_failed when name, UUID or directory are another pool's */
  async define(xml: string, project?: string): Promise<PoolChange[]> {
    const wanted = this.parse(xml);
    const held = await this.claim(wanted, project);
    if (held?.active && held.path !== wanted.path) throw invalid(`storage pool '${held.name}' is active, and its directory cannot change`);
    return this.put({ ...wanted, persistent: true, ...defined({ project }) });
  }

  /** A transient pool, active at once. */
  async create(
    xml: string,
    { build, project }: { readonly build?: PoolBuild | undefined; readonly project?: string | undefined } = {},
  ): Promise<PoolChange[]> {
    const wanted = this.parse(xml);
    const held = await this.claim(wanted, project);
    if (held) throw failed(`pool '${held.name}' already exists with uuid ${held.uuid}`);
    await this.put({ ...wanted, persistent: false, ...defined({ project }) });
    try {
      // The definition of a pool that is created is not told of: that it started says it.
      return await this.start(wanted.uuid, build);
    } catch (thrown) {
      await this.change(wanted.uuid, () => ({ to: undefined, changes: [] }));
      throw thrown;
    }
  }

  undefine(reference: string): Promise<PoolChange[]> {
    return this.change(reference, (held) => {
      if (held.active) throw invalid(`storage pool '${held.name}' is still active`);
      return { to: undefined, changes: [{ what: 'undefined', record: held }] };
    });
  }

  async build(reference: string, build: PoolBuild = 'new'): Promise<PoolChange[]> {
    const { value } = await this.found(reference);
    if (value.active) throw invalid(`storage pool '${value.name}' is already active`);
    await this.hosts.build(value, build, permissionsOf(value));
    return [{ what: 'created', record: value }];
  }

  async start(reference: string, build?: PoolBuild): Promise<PoolChange[]> {
    const { value } = await this.found(reference);
    if (value.active) throw invalid(`storage pool '${value.name}' is already active`);
    const built = build ? await this.build(value.uuid, build) : [];
    const looked = await this.hosts.look(value);
    const started = await this.change(value.uuid, (held) => {
      const record = { ...held, active: true };
      return { to: record, changes: [{ what: 'started', record, looked }] };
    });
    return [...built, ...started];
  }

  destroy(reference: string): Promise<PoolChange[]> {
    return this.change(reference, (held) => {
      if (!held.active) throw invalid(`storage pool '${held.name}' is not active`);
      const record = { ...held, active: false };
      return { to: record.persistent ? record : undefined, changes: [{ what: 'stopped', record }] };
    });
  }

  async delete(reference: string): Promise<PoolChange[]> {
    const { value } = await this.found(reference);
    if (value.active) throw invalid(`storage pool '${value.name}' is still active`);
    await this.hosts.remove(value);
    return [{ what: 'deleted', record: value }];
  }

  async refresh(reference: string): Promise<PoolChange[]> {
    const record = await this.active(reference);
    return [{ what: 'refreshed', record, looked: await this.hosts.look(record) }];
  }

  setAutostart(reference: string, autostart: boolean): Promise<PoolChange[]> {
    return this.change(reference, (held) => {
      if (!held.persistent)
        throw new Refusal('operation_failed', 'internal error: pool has no config file', { libvirt: INTERNAL, domain: STORAGE });
      // Nothing is told of it, and whoever asked is answered with the record.
      return { to: { ...held, autostart }, changes: [] };
    });
  }

  /** @throws Refusal no_pool */
  async record(reference: string): Promise<PoolRecord> {
    return (await this.found(reference)).value;
  }

  /** @throws Refusal no_pool, operation_invalid */
  async active(reference: string): Promise<PoolRecord> {
    const { value } = await this.found(reference);
    if (!value.active) throw invalid(`storage pool '${value.name}' is not active`);
    return value;
  }

  private parse(text: string): Omit<PoolRecord, 'persistent' | 'project'> {
    const hostId = readingXml(() => homeOf(text));
    const pool = readingXml(() => parseStoragePool(withoutHome(text), { newUuid: () => this.clock.newUuid() }));
    refuseName(pool.name);
    mustBeDirectory(pool);
    const uuid = pool.uuid ?? this.clock.newUuid();
    const path = pool.target.path ?? '';
    const xml = keepable(withHome(formatStoragePool({ ...pool, uuid }), hostId));
    return { uuid, name: pool.name, path, xml, autostart: false, active: false, ...defined({ hostId }) };
  }

  /** @returns the record that the definition replaces */
  private async claim({ uuid, name, path }: Omit<PoolRecord, 'persistent'>, project: string | undefined): Promise<PoolRecord | undefined> {
    const held = (await this.records.byUuid(uuid))?.value;
    if (held && !isToldOf(held, project)) throw failed(`pool '${name}' already exists with uuid ${uuid}`);
    if (held && held.name !== name) throw failed(`pool '${held.name}' is already defined with uuid ${uuid}`);
    const other = this.hosts.pools().find((pool) => pool.path === path && pool.uuid !== uuid && pool.name !== name);
    if (other) throw failed(`Storage source conflict with ${isToldOf(other, project) ? `pool: '${other.name}'` : 'another pool'}`);
    const holder = await this.names.claim(name, uuid);
    if (holder !== uuid) throw failed(`pool '${name}' already exists${await withUuid(this.records, holder, project)}`);
    return held;
  }

  /** What a pool is doing stays as it is when its definition is replaced. */
  private async put(wanted: PoolRecord): Promise<PoolChange[]> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const held = await this.records.byUuid(wanted.uuid);
      const before = held?.value;
      if (before && wanted.project !== undefined && before.project !== wanted.project)
        throw failed(`pool '${wanted.name}' already exists with uuid ${wanted.uuid}`);
      const kept = before ? { active: before.active, autostart: before.autostart, ...defined({ project: before.project }) } : {};
      const record = { ...wanted, ...kept };
      if (await this.records.write(record, held?.revision ?? 0)) return [{ what: 'defined', record }];
    }
    throw new Error(`pool ${wanted.uuid}: its record was contended ${MAX_ATTEMPTS} times`);
  }

  private async change(reference: string, decide: (held: PoolRecord) => Edit): Promise<PoolChange[]> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { value, revision } = await this.found(reference);
      const { to, changes } = decide(value);
      const written = to ? await this.records.write(to, revision) : await this.records.remove(value.uuid, revision);
      if (!written) continue;
      if (!to) await this.names.release(value.name, value.uuid);
      return [...changes];
    }
    throw new Error(`pool ${reference}: its record was contended ${MAX_ATTEMPTS} times`);
  }

  private async found(reference: string): Promise<At<PoolRecord>> {
    const found = await this.records.find(reference);
    if (!found) throw new Refusal('no_pool', `Storage pool not found: no storage pool with matching name '${reference}'`);
    return found;
  }
}

/** @throws Refusal config_unsupported */
function mustBeDirectory(pool: StoragePoolDef): asserts pool is Dir {
  if (pool.type !== 'dir')
    throw new Refusal(
      'config_unsupported',
      `unsupported configuration: missing backend for pool type ${pool.type}: the fleet has pools of type dir`,
      {
        path: '/pool/@type',
        domain: STORAGE,
      },
    );
  const { path = '' } = pool.target;
  if (!path.startsWith('/') || path.split('/').includes('..'))
    throw new Refusal('xml_error', `XML error: storage pool target path '${path}' is not an absolute one`, {
      path: '/pool/target/path',
      domain: STORAGE,
    });
}

function permissionsOf({ xml }: PoolRecord): { readonly mode?: number; readonly owner?: number; readonly group?: number } {
  const pool = parseStoragePool(withoutHome(xml));
  const { mode, owner, group } = (pool.type === 'dir' && pool.target.permissions) || {};
  return defined({ mode, owner: said(owner), group: said(group) });
}

/** -1 leaves it as it is. */
const said = (id: number | undefined): number | undefined => (id === undefined || id < 0 ? undefined : id);
