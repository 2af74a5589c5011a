import { randomUUID } from 'node:crypto';
import { check, createVolume, defined, type CommandContract, type OwnedBy, type RequestContract } from '@virtbus/contracts';
import { callOf, isOwned } from '../access/index.js';
import { definitionOf, fieldsOf, type Answer, type RestCall } from './call.js';
import type { ContractRow } from './contract-rows-table.js';
import { findSecret } from './fleet-things.js';
import { pictureOf } from './picture.js';
import { pathParameters } from './route.js';
import { askOver, askSeen } from '../seen-answers.js';
import { Sight } from '../sight.js';
import type { Domains, Doors } from './domains.js';
import type { Networks } from './networks.js';
import type { Storage } from './storage.js';

/** What a call is upon: what the payload calls it, and whose it is. */
interface Target {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly object?: string;
  readonly project?: string | undefined;
}

/** Carries out what a contract says all about: whose the object is, what the caller may, and then the bus. */
export class ContractCalls {
  constructor(
    private readonly doors: Doors,
    private readonly domains: Domains,
    private readonly networks: Networks,
    private readonly storage: Storage,
  ) {}

  /** @throws Refusal the contract's own, forbidden, payload_invalid, and the one of an object that is not there for the caller */
  async carryOut(call: RestCall, row: ContractRow): Promise<Answer> {
    const { contract, location, copies } = row;
    const { fields, object, project } = await this.target(call, row);
    const given = this.given(call, row, project);
    if (copies !== undefined) await this.mayCopy(call, given[copies]);
    const payload = { ...call.query, ...given, ...fields };
    if (contract.kind === 'request') return this.ask(call, row, { payload: check(contract.payload, payload), project });
    const owner = object === undefined ? this.homeOf(call, contract, payload) : this.doors.gate.homeWithin(call.caller, contract, payload);
    const order = { contract, payload: { ...payload, ...owner }, object, project, ...owner, ...(location ? { location } : {}) };
    return this.doors.operations.run<CommandContract>(call, order);
  }

  /** The body's part of the payload. What is XML of it is held against what the caller may have. */
  private given(call: RestCall, { method, xml, json, contract }: ContractRow, home: string | undefined): Readonly<Record<string, unknown>> {
    if (method === 'GET') return {};
    const isXml = xml === true && call.body().type === 'xml';
    const fields = isXml ? { xml: definitionOf(call).xml } : json ? fieldsOf(call) : {};
    const { xml: definition } = fields as { readonly xml?: unknown };
    if (contract.kind === 'command' && typeof definition === 'string') this.doors.gate.checkDefinition(call.caller, definition, home);
    return fields;
  }

  /** The project of what is made, when such things have one. @throws Refusal forbidden */
  private homeOf({ caller }: RestCall, contract: CommandContract, { project }: { readonly project?: unknown }): OwnedBy {
    if (!isOwned(callOf(contract).resource)) return {};
    return defined({ project: this.doors.gate.projectFor(caller, typeof project === 'string' ? project : undefined) });
  }

  /** A copy shows what is copied: that takes as much as writing to it. @throws Refusal no_pool, forbidden */
  private async mayCopy(call: RestCall, from: unknown): Promise<void> {
    if (typeof from !== 'object' || from === null || !('pool' in from) || typeof from.pool !== 'string') return;
    const { project } = await this.storage.find(call, from.pool);
    this.doors.gate.check(call.caller, createVolume, { reference: from.pool, project });
  }

  /** Domains, networks, pools and secrets belong to somebody, and go by their UUIDs from here on; other names are the fleet's. */
  private async target(call: RestCall, { path, call: callable, contract }: ContractRow): Promise<Target> {
    const [of, ...more] = pathParameters({ path });
    if (of === undefined) return { fields: {} };
    const rest = Object.fromEntries([of, ...more].map((name) => [name, call.param(name)]));
    const owned = await this.owned(call, of);
    if (!owned) return { fields: rest, object: call.param(of) };
    const { uuid, project } = owned;
    if (callable) this.doors.gate.check(call.caller, callable, { kind: of, reference: call.param(of), project });
    const fields = { ...rest, [of]: uuid };
    return contract.kind === 'command' && rest['port'] !== undefined
      ? this.portOf(call, contract, fields)
      : { fields, object: uuid, project };
  }

  /** A port of the network that stands before it. @throws Refusal no_network_port, forbidden */
  private portOf({ caller }: RestCall, contract: CommandContract, fields: Readonly<Record<string, string>>): Target {
    const { network = '', port = '' } = fields;
    const owner = this.doors.memory.ownerOfPort(network, port);
    this.doors.gate.check(caller, contract, { kind: 'port', reference: port, ...owner });
    return { fields, object: port, project: owner?.project };
  }

  private async owned(call: RestCall, of: string): Promise<{ readonly uuid: string; readonly project?: string } | undefined> {
    if (of === 'domain') return (await this.domains.find(call)).record;
    if (of === 'network') return this.networks.find(call);
    if (of === 'secret') return findSecret(call, this.doors);
    return of === 'pool' ? this.storage.find(call) : undefined;
  }

  private async ask(call: RestCall, row: ContractRow, { payload, project }: OwnedBy & { readonly payload: object }): Promise<Answer> {
    const contract = row.contract as RequestContract;
    if (call.format === 'image') return pictureOf(this.doors.bus, payload);
    const { bus, memory } = this.doors;
    const ask = () => askSeen(contract, payload, { sight: new Sight(call.caller, memory), ask: askOver(bus) });
    const reply = await (isChange(row) ? this.audited(call, { row, project }, ask) : ask());
    return { status: 200, body: call.format === 'xml' && 'xml' in reply ? String(reply.xml) : reply };
  }

  private audited<T>(
    { caller, param }: RestCall,
    { row, project }: OwnedBy & { readonly row: ContractRow },
    act: () => Promise<T>,
  ): Promise<T> {
    const [of = ''] = pathParameters(row);
    return this.doors.gate.audited(caller, { commandId: randomUUID(), contract: row.contract, object: param(of), project }, act);
  }
}

/** A change that goes as a request. */
const isChange = ({ call }: ContractRow): boolean => call !== undefined && 'kind' in call && call.kind === 'command';
