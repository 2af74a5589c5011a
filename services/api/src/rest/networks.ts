import * as contracts from '@virtbus/contracts';
import { defined, Refusal, type CommandContract, type NetworkRecord } from '@virtbus/contracts';
import { notFound } from '../access/index.js';
import { pageOf } from '../core/page.js';
import { networkSummaryOf } from '../core/summaries.js';
import type { NetworkReader } from '../network.reader.js';
import { tagged, taggedPage } from './answers.js';
import { definitionOf, type Answer, type RestCall } from './call.js';
import { networkFields } from './fields-table.js';
import { entityTag, revisionWanted } from './core/negotiate.js';
import { flagIn, listIn, namePattern, pageIn, selected, textIn } from './core/query.js';
import { namesIn } from './domain-text.js';
import type { Doors } from './domains.js';

const pathOf = (uuid: string): string => `/v1/networks/${uuid}`;

/** Networks over REST. */
export class Networks {
  constructor(
    private readonly doors: Doors,
    private readonly reader: NetworkReader,
  ) {}

  list(call: RestCall): Answer {
    const { gate, memory } = this.doors;
    const wanted = filterOf(call);
    const fields = listIn(call.query, 'fields');
    const { items, ...next } = pageOf(
      {
        from: memory.networks().filter((record) => gate.sees(call.caller, 'network', record) && wanted(record)),
        keyOf: ({ name }) => name,
        show: (record) => selected(networkSummaryOf(record), fields, networkFields),
      },
      pageIn(call.query),
    );
    return taggedPage(call, { networks: items, ...next });
  }

  async get(call: RestCall): Promise<Answer> {
    const record = await this.find(call);
    const body =
      call.format === 'xml'
        ? (await this.definitionOf(call, record)).xml
        : selected(networkSummaryOf(record), listIn(call.query, 'fields'), networkFields);
    return tagged(call, this.tagOf(record), body);
  }

  async xml(call: RestCall): Promise<Answer> {
    const record = await this.find(call);
    const definition = await this.definitionOf(call, record);
    return tagged(call, this.tagOf(record), call.format === 'xml' ? definition.xml : definition);
  }

  async define(call: RestCall): Promise<Answer> {
    const { gate, operations } = this.doors;
    const { xml, fields } = definitionOf(call);
    const named = fields['project'];
    const project = gate.projectFor(call.caller, textIn(call.query, 'project') ?? (typeof named === 'string' ? named : undefined));
    gate.checkDefinition(call.caller, xml);
    const transient = flagIn(call.query, 'transient') ?? false;
    const contract: contracts.CommandContract = transient ? contracts.createNetwork : contracts.defineNetwork;
    return operations.run(call, {
      contract,
      payload: { xml, ...defined({ project, revision: transient ? undefined : fields['revision'] }) },
      project,
      location: ({ uuid }) => pathOf(String(uuid)),
    });
  }

  async replace(call: RestCall): Promise<Answer> {
    const { gate, operations } = this.doors;
    const record = await this.target(call, contracts.defineNetwork);
    const { xml } = definitionOf(call);
    gate.checkDefinition(call.caller, xml);
    mustBe(record, xml);
    const revision = revisionWanted(call.header('if-match'), this.revisionOf(record));
    const payload = { xml, ...defined({ project: record.project, revision }) };
    return operations.run(call, { contract: contracts.defineNetwork, payload, object: record.uuid, project: record.project });
  }

  async undefine(call: RestCall): Promise<Answer> {
    const record = await this.target(call, contracts.undefineNetwork);
    const revision = revisionWanted(call.header('if-match'), this.revisionOf(record));
    const payload = { network: record.uuid, ...defined({ revision }) };
    return this.doors.operations.run(call, { contract: contracts.undefineNetwork, payload, object: record.uuid, project: record.project });
  }

  private definitionOf({ query }: RestCall, { uuid }: NetworkRecord): Promise<contracts.DefinitionXml> {
    return this.reader.xml(uuid, flagIn(query, 'inactive') ?? false);
  }

  /** The definition's revision, and what its ports make of the live document. */
  private tagOf(record: NetworkRecord): string {
    const ports = this.doors.memory.views.ports.entries().filter(({ key }) => key.networkUuid === record.uuid);
    return entityTag([this.revisionOf(record), ports.length, Math.max(0, ...ports.map(({ revision }) => revision))]);
  }

  private revisionOf({ uuid }: NetworkRecord): number {
    return this.doors.memory.views.networks.get({ uuid })?.revision ?? 0;
  }

  /** @throws Refusal no_network, forbidden */
  private async target(call: RestCall, contract: CommandContract): Promise<NetworkRecord> {
    const record = await this.find(call);
    this.doors.gate.check(call.caller, contract, { reference: call.param('network'), project: record.project });
    return record;
  }

  /** @throws Refusal no_network */
  async find(call: RestCall): Promise<NetworkRecord> {
    const { memory, freshness, gate } = this.doors;
    const reference = call.param('network');
    const look = (): NetworkRecord | undefined => memory.network(reference.toLowerCase()) ?? memory.networkNamed(reference);
    let found = look();
    // What cannot be a name need not be asked for.
    if (!found && contracts.isObjectName(reference)) {
      await freshness.network(reference);
      found = look();
    }
    if (!found || !gate.sees(call.caller, 'network', found)) throw notFound('network', reference);
    return found;
  }
}

/** PUT is about the object of its address. @throws Refusal operation_failed */
function mustBe({ name, uuid }: NetworkRecord, xml: string): void {
  const given = namesIn(xml);
  if (given.name === name && (given.uuid === undefined || given.uuid.toLowerCase() === uuid)) return;
  throw new Refusal('operation_failed', `operation failed: the definition is of another network than '${name}' (${uuid})`, { path: 'xml' });
}

function filterOf({ query }: RestCall): (record: NetworkRecord) => boolean {
  const named = namePattern(textIn(query, 'name'));
  const is = <T>(wanted: T | undefined, present: T): boolean => wanted === undefined || wanted === present;
  const [project, active] = [textIn(query, 'project'), flagIn(query, 'active')];
  const [persistent, autostart] = [flagIn(query, 'persistent'), flagIn(query, 'autostart')];
  return (record) =>
    named(record.name) &&
    is(project, record.project) &&
    is(active, record.active) &&
    is(persistent, record.persistent) &&
    is(autostart, record.autostart);
}
