import { randomUUID } from 'node:crypto';
import * as contracts from '@virtbus/contracts';
import { defined, Refusal, type CommandContract, type DomainDetail } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import { notFound, type Gate, type Tickets } from '../access/index.js';
import { chunksOf } from '../core/chunks.js';
import { pageOf } from '../core/page.js';
import type { FleetMemory, KnownDomain } from '../fleet.memory.js';
import type { Freshness } from '../rpc/known.js';
import { definitionOf, fieldsOf, type Answer, type RestCall } from './call.js';
import { GraphicsBody, ConsoleBody } from './bodies.js';
import { domainFields } from './fields-table.js';
import { entityTag, revisionWanted } from './core/negotiate.js';
import { flagIn, listIn, namePattern, pageIn, selected, textIn } from './core/query.js';
import type { Operations } from './operations.js';
import { tagged, taggedPage } from './answers.js';
import { domainText, namesIn, summaryOfKnown } from './domain-text.js';

/** As many as an answer on the bus holds: each says some kilobytes. */
const STATS_AT_ONCE = 200;

export interface Doors {
  readonly bus: Bus;
  readonly gate: Gate;
  readonly memory: FleetMemory;
  readonly freshness: Freshness;
  readonly operations: Operations;
  readonly tickets: Tickets;
}

const pathOf = (uuid: string): string => `/v1/domains/${uuid}`;

/** Domains over REST. Every method says for itself whether the caller may. */
export class Domains {
  constructor(private readonly doors: Doors) {}

  list(call: RestCall): Answer {
    const { gate, memory } = this.doors;
    const wanted = filterOf(call);
    const from = [...memory.domains()].filter((one) => gate.sees(call.caller, 'domain', one.record) && wanted(one));
    const fields = listIn(call.query, 'fields');
    const { items, ...next } = pageOf(
      { from, keyOf: ({ record }) => record.name, show: (one) => selected(summaryOfKnown(one), fields, domainFields) },
      pageIn(call.query),
    );
    return taggedPage(call, { domains: items, ...next });
  }

  async get(call: RestCall): Promise<Answer> {
    const domain = await this.find(call);
    const tag = tagOf(this.doors.memory, domain);
    if (call.format === 'xml') return tagged(call, tag, this.xmlOf(call, domain));
    const { interfaces = [] } = domain.runtime ?? {};
    const taints = domain.active ? domain.runtime?.taints : undefined;
    const detail: DomainDetail = { ...summaryOfKnown(domain), interfaces: [...interfaces], ...defined({ taints }) };
    return tagged(call, tag, selected(detail, listIn(call.query, 'fields'), [...domainFields, 'interfaces', 'taints']));
  }

  async xml(call: RestCall): Promise<Answer> {
    const domain = await this.find(call);
    const xml = this.xmlOf(call, domain);
    const revision = this.doors.memory.views.domains.get({ uuid: domain.record.uuid })?.revision;
    return tagged(call, tagOf(this.doors.memory, domain), call.format === 'xml' ? xml : { xml, ...defined({ revision }) });
  }

  async define(call: RestCall): Promise<Answer> {
    const { gate } = this.doors;
    const { xml, fields } = definitionOf(call);
    const project = gate.projectFor(call.caller, textIn(call.query, 'project') ?? textOf(fields['project']));
    gate.checkDefinition(call.caller, xml, project);
    const transient = flagIn(call.query, 'transient') ?? false;
    const paused = flagIn(call.query, 'paused') ?? fields['paused'];
    const contract: CommandContract = transient ? contracts.createDomain : contracts.defineDomain;
    const payload = transient ? { ...defined({ paused, project }), xml } : { ...defined({ project, revision: fields['revision'] }), xml };
    return this.doors.operations.run(call, { contract, payload, project, location: ({ uuid }) => pathOf(String(uuid)) });
  }

  async replace(call: RestCall): Promise<Answer> {
    const { gate, memory } = this.doors;
    const { record } = await this.find(call);
    gate.check(call.caller, contracts.defineDomain, { reference: call.param('domain'), project: record.project });
    const { xml } = definitionOf(call);
    gate.checkDefinition(call.caller, xml, record.project);
    this.mustBe(record, xml);
    const present = memory.views.domains.get({ uuid: record.uuid })?.revision ?? 0;
    const payload = { xml, ...defined({ project: record.project, revision: revisionWanted(call.header('if-match'), present) }) };
    return this.doors.operations.run(call, { contract: contracts.defineDomain, payload, object: record.uuid, project: record.project });
  }

  async undefine(call: RestCall): Promise<Answer> {
    const { record } = await this.target(call, contracts.undefineDomain);
    const present = this.doors.memory.views.domains.get({ uuid: record.uuid })?.revision ?? 0;
    const payload = { domain: record.uuid, ...defined({ revision: revisionWanted(call.header('if-match'), present) }) };
    return this.doors.operations.run(call, { contract: contracts.undefineDomain, payload, object: record.uuid, project: record.project });
  }

  /** What one domain uses. @throws Refusal no_domain */
  async stats(call: RestCall): Promise<Answer> {
    const { record } = await this.find(call);
    return this.counted(call, [record.uuid]);
  }

  /** Those that run, and that the caller sees. */
  fleetStats(call: RestCall): Promise<Answer> {
    const { gate, memory } = this.doors;
    const seen = [...memory.domains()].filter(({ active, record }) => active && gate.sees(call.caller, 'domain', record));
    return this.counted(
      call,
      seen.map(({ record }) => record.uuid),
    );
  }

  async console(call: RestCall): Promise<Answer> {
    const wanted = contracts.check(ConsoleBody, fieldsOf(call));
    return this.ticket(call, 'console', wanted);
  }

  async graphics(call: RestCall): Promise<Answer> {
    contracts.check(GraphicsBody, fieldsOf(call));
    return this.ticket(call, 'graphics', {});
  }

  private async counted({ query }: RestCall, domains: string[]): Promise<Answer> {
    const asked = defined({ groups: listIn(query, 'groups') });
    contracts.check(contracts.DomainStatsQuestion, asked);
    const records: contracts.DomainStats[] = [];
    for (const some of chunksOf(domains, STATS_AT_ONCE)) {
      const question = contracts.check(contracts.DomainStatsQuestion, { domains: some, ...asked });
      records.push(...(await this.doors.bus.request(contracts.getDomainStats, question)).records);
    }
    return { status: 200, body: { records } };
  }

  /** Passwords are an operator's to see. @throws Refusal forbidden */
  private xmlOf({ query, caller }: RestCall, domain: KnownDomain): string {
    const secure = flagIn(query, 'secure') ?? false;
    if (secure) this.doors.gate.admit(caller, { resource: 'domain', verb: 'secrets', kind: 'request' });
    return domainText(domain, { inactive: flagIn(query, 'inactive') ?? false, secure });
  }

  private async ticket(call: RestCall, kind: 'console' | 'graphics', wanted: ConsoleBody): Promise<Answer> {
    const domain = await this.find(call);
    const callable = call.row.call;
    if (callable) this.doors.gate.check(call.caller, callable, { reference: call.param('domain'), project: domain.record.project });
    if (!domain.active) throw new Refusal('operation_invalid', 'Requested operation is not valid: domain is not running');
    const { uuid, project } = domain.record;
    const contract = kind === 'console' ? contracts.openConsole : contracts.openGraphics;
    const commandId = randomUUID();
    await this.doors.gate.audit(call.caller, { commandId, contract, object: uuid, project });
    const { ticket, seconds } = this.doors.tickets.issue({ caller: call.caller, kind, uuid, commandId, ...wanted });
    return { status: 200, headers: { 'cache-control': 'no-store' }, body: { ticket, path: `/v1/${kind}?ticket=${ticket}`, seconds } };
  }

  /** @throws Refusal no_domain, forbidden */
  private async target(call: RestCall, contract: CommandContract): Promise<KnownDomain> {
    const domain = await this.find(call);
    this.doors.gate.check(call.caller, contract, { reference: call.param('domain'), project: domain.record.project });
    return domain;
  }

  /** From memory; what it does not have may have been made through another gateway just now. @throws Refusal no_domain */
  async find(call: RestCall): Promise<KnownDomain> {
    const { memory, freshness, gate } = this.doors;
    const reference = call.param('domain');
    const look = (): KnownDomain | undefined => memory.domain(reference.toLowerCase()) ?? memory.domainNamed(reference);
    let found = look();
    // What cannot be a name need not be asked for.
    if (!found && contracts.isObjectName(reference)) {
      await freshness.domain(reference);
      found = look();
    }
    if (!found || !gate.sees(call.caller, 'domain', found.record)) throw notFound('domain', reference);
    return found;
  }

  /** PUT is about the object of its address. @throws Refusal operation_failed */
  private mustBe({ name, uuid }: contracts.DomainRecord, xml: string): void {
    const given = namesIn(xml);
    if (given.name === name && (given.uuid === undefined || given.uuid.toLowerCase() === uuid)) return;
    throw new Refusal('operation_failed', `operation failed: the definition is of another domain than '${name}' (${uuid})`, {
      path: 'xml',
    });
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** All the facts that the answer is made of; the definition's revision comes first. */
const tagOf = ({ views }: FleetMemory, { record: { uuid } }: KnownDomain): string =>
  entityTag([views.domains, views.placements, views.states].map((view) => view.get({ uuid })?.revision));

function filterOf({ query }: RestCall): (domain: KnownDomain) => boolean {
  const named = namePattern(textIn(query, 'name'));
  const states = listIn(query, 'state');
  const is = <T>(wanted: T | undefined, present: T): boolean => wanted === undefined || wanted === present;
  const [host, project, active] = [textIn(query, 'host'), textIn(query, 'project'), flagIn(query, 'active')];
  const [persistent, autostart] = [flagIn(query, 'persistent'), flagIn(query, 'autostart')];
  return (domain) =>
    named(domain.record.name) &&
    (states?.includes(domain.state) ?? true) &&
    is(host, domain.hostId) &&
    is(project, domain.record.project) &&
    is(active, domain.active) &&
    is(persistent, domain.record.persistent) &&
    is(autostart, domain.record.autostart);
}
