/** Hosts, ports, operations, tokens, and who one is. */
import { randomBytes } from 'node:crypto';
import * as contracts from '@virtbus/contracts';
import { ownerOfPort, Refusal, type AuditRecord, type HostList, type PortRecord, type SecretRecord } from '@virtbus/contracts';
import type { View } from '@virtbus/messaging';
import { newScramTexts } from '@virtbus/libvirt-rpc';
import { formatApiToken } from '../access/core/api-token.js';
import { notFound } from '../access/index.js';
import { hashOf, type TokensView } from '../access/tokens.js';
import { tokenSummaryOf } from '../access/token.runner.js';
import { pageOf } from '../core/page.js';
import type { FleetReader } from '../fleet.reader.js';
import { Sight } from '../sight.js';
import { fieldsOf, type Answer, type RestCall } from './call.js';
import { TokenBody } from './bodies.js';
import { hostFields, operationFields, portFields, secretFields } from './fields-table.js';
import { tagged, taggedPage } from './answers.js';
import { entityTag, waitMsOf } from './core/negotiate.js';
import { listIn, pageIn, selected, textIn } from './core/query.js';
import type { Doors } from './domains.js';
import { operationOfKey } from './operations.js';
import { concerns, statusOf, type OperationMemory } from './operation-memory.js';

export interface Things extends Doors {
  readonly reader: FleetReader;
  readonly ports: View<PortRecord>;
  readonly tokens: TokensView;
  readonly operationMemory: OperationMemory;
  readonly version: string;
}

export class FleetThings {
  constructor(private readonly things: Things) {}

  hosts(call: RestCall): Answer {
    const fields = listIn(call.query, 'fields');
    const { hosts, ...next }: HostList = this.things.reader.hosts(pageIn(call.query));
    return taggedPage(call, { hosts: hosts.map((host) => selected(host, fields, hostFields)), ...next });
  }

  host(call: RestCall): Answer {
    const host = this.things.reader.host(call.param('host'));
    if (!host) throw noHost(call.param('host'));
    return { status: 200, body: selected(host, listIn(call.query, 'fields'), hostFields) };
  }

  ports(call: RestCall): Answer {
    const { memory, ports } = this.things;
    const sight = new Sight(call.caller, memory);
    const [network, domain, host] = ['network', 'domain', 'host'].map((name) => textIn(call.query, name));
    const is = (wanted: string | undefined, ...present: string[]): boolean => wanted === undefined || present.includes(wanted);
    const from = ports
      .entries()
      .map(({ value }) => value)
      .filter(
        (port) =>
          is(network, port.network, port.networkUuid) &&
          is(domain, ownerOfPort(port).uuid, ownerOfPort(port).name) &&
          is(host, port.hostId),
      )
      .filter((port) => sight.seesPort(port))
      .map((port) => ({ ...port, domain: ownerOfPort(port).uuid, domainName: ownerOfPort(port).name }));
    const fields = listIn(call.query, 'fields');
    const { items, ...next } = pageOf(
      { from, keyOf: ({ id }) => id, show: (port) => selected(port, fields, portFields) },
      pageIn(call.query),
    );
    return taggedPage(call, { ports: items, ...next });
  }

  secrets(call: RestCall): Answer {
    const fields = listIn(call.query, 'fields');
    const from = this.things.memory.secrets().filter((secret) => this.things.gate.sees(call.caller, 'secret', secret));
    const { items, ...next } = pageOf(
      { from, keyOf: ({ uuid }) => uuid, show: (secret) => selected(secret, fields, secretFields) },
      pageIn(call.query),
    );
    return taggedPage(call, { secrets: items, ...next });
  }

  async secret(call: RestCall): Promise<Answer> {
    const record = await findSecret(call, this.things);
    const revision = this.things.memory.views.secrets.get(record)?.revision ?? 0;
    return tagged(call, entityTag([revision]), call.format === 'xml' ? record.xml : record);
  }

  operations(call: RestCall): Answer {
    const fields = listIn(call.query, 'fields');
    const operations = this.things.operationMemory.list(call.caller.identity).slice(0, 1_000);
    return { status: 200, body: { operations: operations.map((one) => selected(one, fields, operationFields)) } };
  }

  /** From the stream of events: any gateway knows the operations of all. The caller's own key names one, too. */
  async operation(call: RestCall): Promise<Answer> {
    const { bus, operationMemory } = this.things;
    const named = call.param('operation');
    const { id, asked } = (await this.asked(call, named)) ??
      (await this.asked(call, operationOfKey(call.caller, named))) ?? { id: named, asked: undefined };
    const known = asked !== undefined || (call.caller.identity.projects === 'all' && contracts.isSubjectToken(id));
    const outcome = known ? await bus.outcome(id, asked ? waitMsOf(call.header('prefer'), 0) : 0) : undefined;
    if (outcome) {
      operationMemory.ended(outcome);
      return { status: 200, body: statusOf(outcome) };
    }
    if (!asked) throw noOperation(named);
    return { status: 200, headers: { 'retry-after': '1' }, body: { id, status: 'pending', command: asked.call } };
  }

  /** What was asked under an id, when it concerns the caller. */
  private async asked(
    { caller }: RestCall,
    id: string,
  ): Promise<{ readonly id: string; readonly asked: AuditRecord | undefined } | undefined> {
    if (!contracts.isSubjectToken(id)) return undefined;
    const asked = await this.things.bus.lastEvent(contracts.writeAsked, { commandId: id });
    return asked && concerns(caller.identity, asked) ? { id, asked } : undefined;
  }

  tokens(): Answer {
    return { status: 200, body: { tokens: this.things.tokens.all().map(tokenSummaryOf) } };
  }

  /** The secret is drawn here and goes nowhere but back to the caller. */
  createToken(call: RestCall): Promise<Answer> {
    const wanted = contracts.check(TokenBody, fieldsOf(call));
    if (call.header('idempotency-key') !== undefined) {
      throw new Refusal('payload_invalid', 'a token cannot be made with an Idempotency-Key: its secret is said once', {
        path: 'Idempotency-Key',
      });
    }
    const id = randomBytes(8).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    return this.things.operations.run(call, {
      contract: contracts.createToken,
      payload: { ...wanted, id, hash: hashOf(secret), scram: newScramTexts(formatApiToken({ id, secret })) },
      object: id,
      location: () => `/v1/tokens/${id}`,
      atLeastMs: 30_000,
      show: () => ({ id, token: formatApiToken({ id, secret }) }),
    });
  }

  revokeToken(call: RestCall): Promise<Answer> {
    const token = call.param('token');
    return this.things.operations.run(call, { contract: contracts.revokeToken, payload: { token }, object: token });
  }

  whoAmI({ caller: { identity } }: RestCall): Answer {
    const { name, role, projects, grants } = identity;
    return { status: 200, body: { name, role, ...(projects === 'all' ? {} : { projects }), grants } };
  }

  version(): Answer {
    return { status: 200, body: { virtbus: this.things.version, libvirt: '9.0.0' } };
  }
}

/** The secret of the call's address. @throws Refusal no_secret */
export async function findSecret(call: RestCall, { memory, freshness, gate }: Doors): Promise<SecretRecord> {
  const reference = call.param('secret');
  const uuid = reference.toLowerCase();
  if (!memory.secret(uuid) && contracts.isLibvirtUuid(uuid)) await freshness.secret(uuid);
  const found = memory.secret(uuid);
  if (!found || !gate.sees(call.caller, 'secret', found)) throw notFound('secret', reference);
  return found;
}

const noHost = (id: string): Refusal => new Refusal('no_host', `no host with id '${id}'; 'virtbus hosts' lists them`);
const noOperation = (id: string): Refusal => new Refusal('no_operation', `no operation with id '${id}' is known`);
