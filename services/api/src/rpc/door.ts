import { randomUUID } from 'node:crypto';
import type { CommandContract, PayloadOf, PoolRecord, ReplyOf, RequestContract } from '@virtbus/contracts';
import { createVolume, defined, getSecretValue, Refusal, setSecretValue, type SecretRef, type VolumeRef } from '@virtbus/contracts';
import { mayCall, type Call, type Caller, type Gate } from '../access/index.js';
import type { FleetMemory, Owned } from '../fleet.memory.js';
import { askSeen } from '../seen-answers.js';
import { Sight } from '../sight.js';
import type { BusOrders } from './adapters/bus-orders.js';
import type { Orders } from './session.js';

/** @throws Refusal forbidden: the role is not enough, whatever the object */
export function admit({ identity }: Caller, call: Call): void {
  const decision = mayCall(identity, call);
  if (decision.type !== 'forbidden') return;
  const words = `operation forbidden: ${call.resource} ${call.verb} needs the role ${decision.needs}; '${identity.name}' is ${identity.role}`;
  throw new Refusal('forbidden', words);
}

/** Whether what is defined falls to a project; what else there is, network filters among it, is the whole fleet's. */
const belongs = ({ subject }: CommandContract): boolean => /\.cmd\.(?:domain|network|pool)\./.test(subject);

const ofValues: ReadonlySet<string> = new Set([getSecretValue.subject, setSecretValue.subject]);

type Payload = { readonly [Kind in Owned]?: unknown } & { readonly xml?: unknown; readonly from?: unknown };

const kinds = ['domain', 'network', 'pool'] as const;

const isVolume = (from: unknown): from is VolumeRef =>
  typeof from === 'object' && from !== null && 'pool' in from && typeof from.pool === 'string';

/** A client's commands: each is held against what the client may do, told as an audit, and only then sent. */
export class AdmittedOrders implements Orders {
  private readonly sight: Sight;

  constructor(
    private readonly inner: BusOrders,
    private readonly gate: Gate,
    private readonly caller: Caller,
    private readonly memory: FleetMemory,
  ) {
    this.sight = new Sight(caller, memory);
  }

  async run<C extends CommandContract>(contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>> {
    const id = randomUUID();
    const given: Payload = payload;
    const object = kinds.map((kind) => given[kind]).find((each) => typeof each === 'string');
    const project =
      typeof given.xml === 'string' && object === undefined && belongs(contract) ? this.gate.projectFor(this.caller, undefined) : undefined;
    const write = {
      commandId: id,
      contract,
      ...(object === undefined ? {} : { object }),
      ...(project === undefined ? {} : { project }),
    };
    try {
      this.allow(contract, given);
    } catch (thrown) {
      if (thrown instanceof Refusal) await this.gate.audit(this.caller, write, thrown);
      throw thrown;
    }
    await this.gate.audit(this.caller, write);
    return this.inner.run(contract, project === undefined ? payload : { ...payload, project }, id);
  }

  /**
   * Asking is not audited; that the object is the client's to ask about was seen when it was found. What has to do with the values of
   * secrets is: they go over the bus as requests, since no stream is to hold them.
   */
  async ask<C extends RequestContract>(contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>> {
    this.gate.admit(this.caller, contract);
    if (ofValues.has(contract.subject)) {
      const { secret } = payload as SecretRef;
      await this.gate.audit(this.caller, { commandId: randomUUID(), contract, object: secret });
    }
    return askSeen(contract, payload, { sight: this.sight, ask: (asked, given) => this.inner.ask(asked, given) });
  }

  askHost<C extends RequestContract>(pool: PoolRecord, contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>> {
    return this.inner.askHost(pool, contract, payload);
  }

  /** @throws Refusal forbidden */
  async announce(pool: PoolRecord, contract: RequestContract, object: string): Promise<void> {
    const write = { commandId: randomUUID(), contract, object, ...defined({ project: pool.project }) };
    try {
      // Who may read or write a volume's bytes is who may make one.
      this.gate.check(this.caller, createVolume, { reference: pool.name, ...defined({ project: pool.project }) });
    } catch (thrown) {
      if (thrown instanceof Refusal) await this.gate.audit(this.caller, write, thrown);
      throw thrown;
    }
    await this.gate.audit(this.caller, write);
  }

  /** @throws Refusal */
  private allow(contract: CommandContract, given: Payload): void {
    this.gate.admit(this.caller, contract);
    for (const kind of kinds) {
      const reference = given[kind];
      if (typeof reference === 'string') this.gate.check(this.caller, contract, { reference, ...this.memory.ownerOf(kind, reference) });
    }
    // What a copy is of is read: that takes as much as writing to it.
    if (isVolume(given.from))
      this.gate.check(this.caller, contract, { reference: given.from.pool, ...this.memory.ownerOf('pool', given.from.pool) });
    if (typeof given.xml === 'string') this.gate.checkDefinition(this.caller, given.xml);
  }
}
