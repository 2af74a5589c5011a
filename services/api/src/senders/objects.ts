import { createVolume, isObjectName, Refusal, type RequestContract } from '@virtbus/contracts';
import { callOf, isOwned, notFound, type Call, type Caller, type Gate } from '../access/index.js';
import type { FleetMemory, Owned } from '../fleet.memory.js';
import type { Freshness } from '../rpc/known.js';

export interface Found {
  readonly uuid: string;
  readonly project?: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const kinds = ['domain', 'network', 'pool', 'secret'] as const;

/** The objects that a message names, by their UUIDs; those of other projects are not there. */
export class Objects {
  constructor(
    readonly memory: FleetMemory,
    private readonly freshness: Pick<Freshness, Owned>,
    private readonly gate: Gate,
  ) {}

  /** @returns the fields with every object by its UUID, and the one that is called upon. @throws Refusal as if what is hidden were not there */
  async resolved(caller: Caller, call: Call, given: Fields): Promise<{ readonly fields: Fields; readonly object?: Found }> {
    const fields: Record<string, unknown> = { ...given };
    let object: Found | undefined;
    for (const kind of kinds) {
      const reference = given[kind];
      if (typeof reference !== 'string') continue;
      const found = await this.allowed(caller, call, kind, reference);
      fields[kind] = found.uuid;
      object ??= found;
    }
    const { domains, from, port } = given;
    if (typeof port === 'string') object = this.port(caller, call, { port, network: fields['network'] });
    if (Array.isArray(domains)) fields['domains'] = await this.domains(caller, call, domains);
    // What a copy is of is read: that takes as much as writing to it.
    if (isVolume(from)) fields['from'] = { ...from, pool: (await this.allowed(caller, callOf(createVolume), 'pool', from.pool)).uuid };
    return { fields, ...(object && { object }) };
  }

  /** @throws Refusal forbidden: it is about objects of projects, and what of the answer is the caller's is not known */
  mustBeFleets(contract: RequestContract): void {
    const { resource, verb } = callOf(contract);
    if (!isOwned(resource)) return;
    throw new Refusal('forbidden', `operation forbidden: ${resource} ${verb} is about every project`);
  }

  /** A port of a network that has been found already. */
  private port(caller: Caller, call: Call, { port, network }: { readonly port: string; readonly network: unknown }): Found {
    const owner = this.memory.ownerOfPort(String(network), port);
    this.gate.check(caller, call, { kind: 'port', reference: port, ...owner });
    return { uuid: port, project: owner?.project };
  }

  private async domains(caller: Caller, call: Call, references: readonly unknown[]): Promise<string[]> {
    const found = references.map((reference) => this.allowed(caller, call, 'domain', String(reference)));
    return (await Promise.all(found)).map(({ uuid }) => uuid);
  }

  private async allowed(caller: Caller, call: Call, kind: Owned, reference: string): Promise<Found> {
    const found = this.look(kind, reference) ?? (isObjectName(reference) ? await this.fresh(kind, reference) : undefined);
    if (!found) throw notFound(call.resource === 'port' ? kind : call.resource, reference);
    this.gate.check(caller, call, { kind, reference, project: found.project });
    return found;
  }

  private async fresh(kind: Owned, reference: string): Promise<Found | undefined> {
    await this.freshness[kind](reference);
    return this.look(kind, reference);
  }

  private look(kind: Owned, reference: string): Found | undefined {
    const { memory } = this;
    const uuid = reference.toLowerCase();
    if (kind === 'domain') return (memory.domain(uuid) ?? memory.domainNamed(reference))?.record;
    if (kind === 'network') return memory.network(uuid) ?? memory.networkNamed(reference);
    if (kind === 'secret') return memory.secret(uuid);
    return memory.storage.pool(uuid) ?? memory.storage.poolNamed(reference);
  }
}

const isVolume = (from: unknown): from is { readonly pool: string } =>
  typeof from === 'object' && from !== null && 'pool' in from && typeof from.pool === 'string';
