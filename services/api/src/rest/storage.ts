import * as contracts from '@virtbus/contracts';
import { defined, isObjectName, Refusal, type PoolRecord, type VolumeRecord } from '@virtbus/contracts';
import { notFound } from '../access/index.js';
import { pageOf } from '../core/page.js';
import { BusPoolHosts } from '../pools/pool-hosts.js';
import { VolumeBytes } from '../pools/volume-bytes.js';
import { taggedPage, taggedWhole } from './answers.js';
import { definitionOf, type Answer, type RestCall } from './call.js';
import { poolFields, volumeFields } from './fields-table.js';
import { flagIn, listIn, pageIn, selected, textIn } from './core/query.js';
import type { Doors } from './domains.js';

/** Storage pools and volumes over REST, as the host has them that answers for the pool. */
export class Storage {
  readonly bytes: VolumeBytes;
  readonly gate: Doors['gate'];

  constructor(private readonly doors: Doors) {
    const { bus, memory, freshness, gate } = doors;
    this.gate = gate;
    this.bytes = new VolumeBytes(bus, new BusPoolHosts(bus, memory.views), (volume) => freshness.volume(volume));
  }

  pools(call: RestCall): Answer {
    const { gate, memory } = this.doors;
    const active = flagIn(call.query, 'active');
    const fields = listIn(call.query, 'fields');
    const from = memory.storage
      .pools()
      .filter((pool) => gate.sees(call.caller, 'pool', pool) && (active === undefined || pool.active === active));
    const show = (pool: PoolRecord) => selected(memory.storage.detail(pool), fields, poolFields);
    const { items, ...next } = pageOf({ from, keyOf: ({ name }) => name, show }, pageIn(call.query));
    return taggedPage(call, { pools: items, ...next });
  }

  async pool(call: RestCall): Promise<Answer> {
    const detail = this.doors.memory.storage.detail(await this.find(call));
    return taggedWhole(call, detail, call.format === 'xml' ? detail.xml : selected(detail, listIn(call.query, 'fields'), poolFields));
  }

  define(call: RestCall): Promise<Answer> {
    const { gate, operations } = this.doors;
    const { xml, fields } = definitionOf(call);
    gate.checkDefinition(call.caller, xml);
    const named = fields['project'];
    const project = gate.projectFor(call.caller, textIn(call.query, 'project') ?? (typeof named === 'string' ? named : undefined));
    const contract = (flagIn(call.query, 'transient') ?? false) ? contracts.createPool : contracts.definePool;
    const location = ({ uuid }: Readonly<Record<string, unknown>>) => `/v1/pools/${String(uuid)}`;
    return operations.run(call, { contract, payload: { ...fields, xml, ...defined({ project }) }, project, location });
  }

  async volumes(call: RestCall): Promise<Answer> {
    const from = this.doors.memory.storage.volumesOf(await this.find(call));
    const fields = listIn(call.query, 'fields');
    const show = (volume: VolumeRecord) => selected(volume, fields, volumeFields);
    const { items, ...next } = pageOf({ from, keyOf: ({ name }) => name, show }, pageIn(call.query));
    return taggedPage(call, { volumes: items, ...next });
  }

  /** @throws Refusal no_pool, no_volume */
  async volume(call: RestCall): Promise<Answer> {
    const pool = await this.find(call);
    const volume = this.volumeIn(pool, call.param('volume'));
    return taggedWhole(call, volume, call.format === 'xml' ? volume.xml : selected(volume, listIn(call.query, 'fields'), volumeFields));
  }

  /** @throws Refusal no_volume */
  volumeIn(pool: PoolRecord, name: string): VolumeRecord {
    const volume = this.doors.memory.storage.volume(pool, name);
    if (!volume) throw new Refusal('no_volume', `Storage volume not found: no storage vol with matching name '${name}'`);
    return volume;
  }

  /** @throws Refusal no_volume */
  idOf(pool: PoolRecord, name: string): contracts.VolumeId {
    return { pool: pool.uuid, name, hostId: this.volumeIn(pool, name).hostId };
  }

  /** The pool of the call's address, or another that the caller names. @throws Refusal no_pool */
  async find(call: RestCall, reference = call.param('pool')): Promise<PoolRecord> {
    const { memory, freshness, gate } = this.doors;
    const look = () => memory.storage.pool(reference) ?? memory.storage.poolNamed(reference);
    if (!look() && isObjectName(reference)) await freshness.pool(reference);
    const found = look();
    if (!found || !gate.sees(call.caller, 'pool', found)) throw notFound('pool', reference);
    return found;
  }
}
