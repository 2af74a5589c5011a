import { Refusal, type DomainChange, type DomainRecord, type ObjectId, type PlacedDomain } from '@virtbus/contracts';
import type { DomainDef } from '@virtbus/libvirt-xml';
import { reachOf } from './core/reach.js';

/** A running domain and the host that holds it. */
export interface Held extends PlacedDomain {
  readonly hostId: string;
}

/** Definitions, as changes need them: the api's own runner. */
export interface Definitions {
  /** @throws Refusal no_domain */
  record(reference: string): Promise<DomainRecord>;
  /** @throws Refusal no_domain, and what the changed definition is refused for */
  redefine(reference: string, change: (domain: DomainDef) => DomainDef): Promise<ObjectId>;
  /** Reads the definition and changes it without keeping the result. @throws Refusal */
  preview(record: DomainRecord, change: (domain: DomainDef) => DomainDef): void;
}

export interface DomainEdit {
  /** What is done to the guest on its host. @throws Refusal */
  readonly live: (held: Held) => Promise<unknown>;
  /** What is done to the definition. @throws Refusal */
  readonly config: (domain: DomainDef) => DomainDef;
}

/** Changes that reach what runs, the definition, or both, as libvirt's flags say. */
export class ChangeRunner {
  constructor(
    private readonly definitions: Definitions,
    private readonly held: (uuid: string) => Promise<{ readonly hostId: string; readonly epoch: number } | undefined>,
  ) {}

  /**
   * The definition is looked at first, changed last: a guest is not changed for a command that is then refused.
   * @throws Refusal no_domain, operation_invalid and what the parts refuse
   */
  async apply(command: DomainChange, edit: DomainEdit): Promise<ObjectId> {
    const record = await this.definitions.record(command.domain);
    const { uuid, name, persistent } = record;
    const placement = await this.held(uuid);
    const reach = reachOf(command, { active: placement !== undefined, persistent });
    if (reach.config) this.definitions.preview(record, edit.config);
    if (reach.live && placement) await edit.live({ uuid, name, ...placement });
    if (reach.config) await this.definitions.redefine(uuid, edit.config);
    return { uuid, name };
  }
}

/** For what only a definition can have changed. */
export const notLive = (words: string) => (): Promise<never> =>
  Promise.reject(new Refusal('operation_invalid', `Requested operation is not valid: ${words}`));
