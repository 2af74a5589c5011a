/**
 * The third way in: messages of senders on NATS whom the fleet knows. nats-server vouches for who sends, since a sender's subjects are its
 * own; what it may is what the API token with the id in them says. From there on it is judged as over REST and libvirt's protocol.
 */
import { randomUUID } from 'node:crypto';
import * as contracts from '@virtbus/contracts';
import { Refusal, sentBy, type CommandContract, type RequestContract } from '@virtbus/contracts';
import type { Bus } from '@virtbus/messaging';
import { mayCall, nobody, type Caller, type Gate, type Write } from '../access/index.js';
import { identityOf, type KnownTokens } from '../access/tokens.js';
import { withoutPasswords } from '../rest/domain-text.js';
import { operationOfKey } from '../rest/operations.js';
import { askOver, askSeen, isCut } from '../seen-answers.js';
import { Sight } from '../sight.js';
import { callJudged, callable } from './callable.js';
import type { Objects } from './objects.js';

export interface Sent {
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** `Nats-Msg-Id`: one key, one command. */
  readonly key?: string | undefined;
}

export interface SenderDoorParts {
  readonly bus: Pick<Bus, 'order' | 'request'>;
  readonly gate: Gate;
  readonly tokens: Pick<KnownTokens, 'get'>;
  readonly objects: Objects;
}

/** Whoever asks with a plain client waits five seconds at most. */
const WAIT_MS = 4_000;

type Callable = CommandContract | RequestContract;
interface Judged {
  readonly payload: object;
  readonly object?: string | undefined;
  readonly project?: string | undefined;
}

export class SenderDoor {
  constructor(private readonly parts: SenderDoorParts) {}

  /** @returns a command's outcome, or that it has not ended; a request's reply. @throws Refusal */
  async answer({ subject, bytes, key }: Sent): Promise<object> {
    const { sender = '', call = subject } = sentBy(subject) ?? {};
    const contract = callable.get(call);
    const write = { commandId: randomUUID(), contract: { subject: call } };
    const caller = await this.callerOf(sender, write);
    if (!contract) throw new Refusal('operation_unsupported', `${call} is nothing that a sender may send`);
    try {
      return await this.carryOut(caller, contract, { bytes, key });
    } catch (thrown) {
      if (isForbidden(thrown) && callJudged(contract).kind === 'command') await this.parts.gate.audit(caller, write, thrown);
      throw thrown;
    }
  }

  private async carryOut(caller: Caller, contract: Callable, { bytes, key }: Omit<Sent, 'subject'>): Promise<object> {
    const judged = await this.judge(caller, contract, bytes);
    return contract.kind === 'command' ? this.order(caller, contract, judged, key) : this.ask(caller, contract, judged);
  }

  /** @throws Refusal unauthenticated */
  private async callerOf(sender: string, write: Write): Promise<Caller> {
    const record = this.parts.tokens.get({ id: sender })?.value;
    const identity = record && identityOf(record, Date.now());
    if (identity) return { identity, via: 'message' };
    const refusal = new Refusal('unauthenticated', `authentication failed: no API token has the id '${sender}', or it has ended`);
    await this.parts.gate.audit({ identity: nobody, via: 'message' }, write, refusal);
    throw refusal;
  }

  /** In the gate's order: the call, its size, its payload, its objects, its definition. @throws Refusal */
  private async judge(caller: Caller, contract: Callable, bytes: Uint8Array): Promise<Judged> {
    const { gate, objects } = this.parts;
    const call = callJudged(contract);
    const { bodyBytes } = gate.admit(caller, call);
    if (bytes.length > bodyBytes)
      throw new Refusal('payload_too_large', `the message is over the limit of ${bodyBytes} bytes for this sender`);
    const given: Readonly<Record<string, unknown>> = { ...contracts.decode(contract.payload, bytes) };
    const { fields, object } = await objects.resolved(caller, call, given);
    const project = object ? object.project : this.projectOf(caller, contract, given);
    if (typeof given['xml'] === 'string') gate.checkDefinition(caller, given['xml'], project);
    const home = gate.homeWithin(caller, contract, fields);
    if (object) return { payload: { ...fields, ...home }, object: object.uuid, project: object.project, ...home };
    return { payload: this.withProject(caller, contract, fields), ...named(given), project };
  }

  /** What is made belongs to the sender's project, whatever else it says. */
  private withProject(caller: Caller, contract: Callable, fields: object): object {
    const project = this.projectOf(caller, contract, fields);
    return contracts.defined({ ...fields, project });
  }

  private projectOf(caller: Caller, { subject }: Callable, fields: object): string | undefined {
    if (!/\.cmd\.(?:domain|network|pool|secret)\.(?:define|create)$/.test(subject)) return undefined;
    return this.parts.gate.projectFor(caller, 'project' in fields && typeof fields.project === 'string' ? fields.project : undefined);
  }

  private async order(caller: Caller, contract: CommandContract, { payload, ...about }: Judged, key: string | undefined): Promise<object> {
    const commandId = key === undefined ? randomUUID() : operationOfKey(caller, key);
    await this.parts.gate.audit(caller, { commandId, contract, ...about });
    const { outcome } = await this.parts.bus.order(contract, payload, { id: commandId, waitMs: WAIT_MS });
    return outcome ?? { commandId, command: contract.subject, pending: true };
  }

  private async ask(caller: Caller, contract: RequestContract, { payload, object, project }: Judged): Promise<object> {
    const { gate, bus, objects } = this.parts;
    const sight = new Sight(caller, objects.memory);
    if (sight.isBound && object === undefined && !isCut(contract)) objects.mustBeFleets(contract);
    const ask = () => askSeen<RequestContract>(contract, payload, { sight, ask: askOver(bus) });
    const isTold = callJudged(contract).kind === 'command' || contract === contracts.getSecretValue;
    const reply = await (isTold ? gate.audited(caller, { commandId: randomUUID(), contract, object, project }, ask) : ask());
    return contract === contracts.getDomainXml ? shown(caller, reply) : reply;
  }
}

const isForbidden = (thrown: unknown): thrown is Refusal => thrown instanceof Refusal && thrown.code === 'forbidden';

/** Of what is the fleet's own: by which name it goes. */
function named(given: Readonly<Record<string, unknown>>): { readonly object?: string } {
  const object = ['filter', 'host', 'token'].map((name) => given[name]).find((each) => typeof each === 'string');
  return typeof object === 'string' ? { object } : {};
}

/** Passwords are an operator's to see. */
function shown({ identity }: Caller, reply: object): object {
  const mayRead = mayCall(identity, { resource: 'domain', verb: 'secrets', kind: 'request' }).type === 'allowed';
  if (mayRead || !('xml' in reply) || typeof reply.xml !== 'string') return reply;
  return { xml: withoutPasswords(reply.xml, /<domain\b[^>]*\sid=/.test(reply.xml) ? 'live' : 'inactive') };
}
