import { defined, Refusal, usageKey, type ObjectId, type SecretRecord, type SecretUsageType, type SecretValue } from '@virtbus/contracts';
import { formatSecret, parseSecret, type SecretDef } from '@virtbus/libvirt-xml';
import { keepable } from '../core/kept-size.js';
import { refuseUsage } from '../core/object-name.js';
import { isToldOf } from '../told-holder.js';
import { readingXml } from '../core/xml-refusal.js';
import type { At, Clock, Kept, Names } from '../ports.js';

/** Where values are, apart from what they are for. */
export interface SecretValues {
  get(uuid: string): Promise<SecretValue | undefined>;
  put(uuid: string, value: SecretValue): Promise<void>;
  remove(uuid: string): Promise<void>;
}

/** The secret that something has happened to. */
export interface TouchedSecret extends ObjectId {
  readonly usageType: SecretUsageType;
}

const MAX_ATTEMPTS = 10;
const MODULE = 30;
const INTERNAL = 1;
const INVALID_SECRET = 65;

/** libvirt calls all of these internal errors; whoever asked is to blame all the same. */
const failed = (words: string): Refusal =>
  new Refusal('operation_failed', `internal error: ${words}`, { libvirt: INTERNAL, domain: MODULE });

/** Definitions of secrets, and their values. */
export class SecretRunner {
  constructor(
    private readonly records: Kept<SecretRecord>,
    private readonly usages: Names,
    private readonly values: SecretValues,
    private readonly clock: Pick<Clock, 'newUuid'>,
  ) {}

  /** @throws Refusal xml_error and its kin; operation_failed when UUID or usage are another secret's; config_unsupported */
  async define(xml: string, project?: string): Promise<TouchedSecret> {
    const record = this.read(xml);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const held = await this.records.byUuid(record.uuid);
      if (held) refuseOther(held.value, record, project);
      await this.claimUsage(record, project);
      const owned = { ...record, ...defined({ project: held?.value.project ?? project }) };
      if (await this.records.write(owned, held?.revision ?? 0)) return touched(record);
    }
    throw new Error(`secret ${record.uuid}: its record was contended ${MAX_ATTEMPTS} times`);
  }

  /** @throws Refusal no_secret */
  async undefine(uuid: string): Promise<TouchedSecret> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { value: record, revision } = await this.found(uuid);
      // The value goes first: nothing that is named no more may be left behind.
      await this.values.remove(uuid);
      if (!(await this.records.remove(uuid, revision))) continue;
      if (record.usageType !== 'none') await this.usages.release(usageKey(record.usageType, record.usageId), uuid);
      return touched(record);
    }
    throw new Error(`secret ${uuid}: its record was contended ${MAX_ATTEMPTS} times`);
  }

  /** @throws Refusal no_secret */
  async record(uuid: string): Promise<SecretRecord> {
    return (await this.found(uuid)).value;
  }

  /** @throws Refusal no_secret */
  async setValue(uuid: string, value: string): Promise<TouchedSecret> {
    const { value: record } = await this.found(uuid);
    await this.values.put(uuid, { value });
    return touched(record);
  }

  /** @throws Refusal no_secret, also when it has no value; operation_invalid when it is private */
  async value(uuid: string): Promise<string> {
    const { value: record } = await this.found(uuid);
    if (parseSecret(record.xml).private)
      throw new Refusal('operation_invalid', 'Invalid secret: secret is private', { libvirt: INVALID_SECRET, domain: MODULE });
    const held = await this.values.get(uuid);
    if (!held) throw new Refusal('no_secret', `Secret not found: secret '${uuid}' does not have a value`);
    return held.value;
  }

  private read(xml: string): SecretRecord {
    const secret = readingXml(() => parseSecret(xml, { newUuid: () => this.clock.newUuid() }));
    if (secret.ephemeral)
      throw new Refusal('config_unsupported', 'unsupported configuration: ephemeral secrets: what the fleet keeps, it keeps on disk', {
        path: '/secret/@ephemeral',
        domain: MODULE,
      });
    const record = recordOf({ ...secret, uuid: secret.uuid ?? this.clock.newUuid() });
    refuseUsage(record.usageId);
    return record;
  }

  /** Which secret has the use is said to whom it is told that there is one: not to another project. */
  private async claimUsage({ uuid, usageType, usageId }: SecretRecord, project: string | undefined): Promise<void> {
    if (usageType === 'none') return;
    const holder = await this.usages.claim(usageKey(usageType, usageId), uuid);
    if (holder === uuid) return;
    const isSeen = isToldOf((await this.records.byUuid(holder))?.value, project);
    throw failed(
      isSeen
        ? `a secret with UUID ${holder} already defined for use with ${usageId}`
        : `a secret is already defined for use with ${usageId}`,
    );
  }

  private async found(uuid: string): Promise<At<SecretRecord>> {
    const found = await this.records.byUuid(uuid);
    if (!found) throw new Refusal('no_secret', `Secret not found: no secret with matching uuid '${uuid}'`);
    return found;
  }
}

const touched = ({ uuid, usageId, usageType }: SecretRecord): TouchedSecret => ({ uuid, name: usageId, usageType });

/** A secret's use and project do not change, nor does what was private become readable. Of another project's no more is said than that. */
function refuseOther(held: SecretRecord, wanted: SecretRecord, project: string | undefined): void {
  if (project !== undefined && held.project !== project) throw failed(`a secret with UUID ${held.uuid} is already defined`);
  if (held.usageType !== wanted.usageType || held.usageId !== wanted.usageId)
    throw failed(`a secret with UUID ${held.uuid} is already defined for use with ${held.usageId}`);
  if (parseSecret(held.xml).private && !parseSecret(wanted.xml).private) throw failed('cannot change private flag on existing secret');
}

function recordOf(secret: SecretDef & { readonly uuid: string }): SecretRecord {
  return { uuid: secret.uuid, usageType: secret.usage?.type ?? 'none', usageId: usageIdOf(secret), xml: keepable(formatSecret(secret)) };
}

function usageIdOf({ usage }: SecretDef): string {
  if (usage === undefined || usage.type === 'none') return '';
  if (usage.type === 'volume') return usage.volume;
  return usage.type === 'iscsi' ? usage.target : usage.name;
}
