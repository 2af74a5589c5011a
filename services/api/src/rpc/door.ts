import { randomUUID } from 'node:crypto';
import type { CommandContract, PayloadOf, PoolRecord, ReplyOf, RequestContract } from '@virtbus/contracts';
import {
  createVolume,
  defined,
  downloadHostVolume,
  getSecretValue,
  Refusal,
  setSecretValue,
  uploadHostVolume,
  type SecretRef,
  type VolumeRef,
} from '@virtbus/contracts';
import type { Download, Taking, Upload } from '@virtbus/messaging';
import { mayCall, type Call, type Callable, type Caller, type Gate } from '../access/index.js';
import type { FleetMemory, Owned } from '../fleet.memory.js';
import { toldDownload, toldUpload, type Settle } from '../pools/told-bytes.js';
import type { VolumePart } from '../pools/volume-bytes.js';
import { askSeen } from '../seen-answers.js';
import { Sight } from '../sight.js';
import type { BusOrders } from './adapters/bus-orders.js';
import type { Orders } from './session.js';

/** @throws Refusal forbidden: the role is not enough, whatever the object */
export function admit({ identity }: Pick<Caller, 'identity'>, call: Call): void {
  const decision = mayCall(identity, call);
  if (decision.type !== 'forbidden') return;
  const words = `operation forbidden: ${call.resource} ${call.verb} needs the role ${decision.needs}; '${identity.name}' is ${identity.role}`;
  throw new Refusal('forbidden', words);
}

/** What a client calls beside sending commands: judged, and told as audits. */
export class Door {
  constructor(
    private readonly gate: Gate,
    private readonly caller: Caller,
    private readonly memory: FleetMemory,
  ) {}

  /** @throws Refusal forbidden */
  admit(call: Call): void {
    admit(this.caller, call);
  }

  /** @param procedure libvirt's name of the call */
  tellRefused(procedure: string, object: string | undefined, refusal: Refusal): Promise<void> {
    return this.gate.audit(this.caller, { commandId: randomUUID(), contract: { subject: procedure }, object }, refusal);
  }

  /** Opens the line or the screen of a guest. */
  open<T>(contract: RequestContract, uuid: string, act: () => Promise<T>): Promise<T> {
    const { project } = this.memory.ownerOf('domain', uuid) ?? {};
    return this.gate.audited(this.caller, { commandId: randomUUID(), contract, object: uuid, project }, act);
  }
}

/** Whether what is defined falls to a project; what else there is, network filters among it, is the whole fleet's. */
const belongs = ({ subject }: CommandContract): boolean => /\.cmd\.(?:domain|network|pool|secret)\./.test(subject);

const ofValues: ReadonlySet<string> = new Set([getSecretValue.subject, setSecretValue.subject]);

type Payload = { readonly [Name in (typeof named)[number]]?: unknown } & { readonly xml?: unknown; readonly from?: unknown };

const kinds = ['domain', 'network', 'pool', 'secret'] as const;
/** What a command is upon, by the field that names it: of several the first. */
const named = ['port', ...kinds, 'filter', 'portDev'] as const;

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

  async run<C extends CommandContract>(contract: C, payload: PayloadOf<C>, judgedAs: Callable = contract): Promise<ReplyOf<C>> {
    const id = randomUUID();
    const given: Payload = payload;
    const object = named.map((kind) => given[kind]).find((each) => typeof each === 'string');
    const project =
      typeof given.xml === 'string' && object === undefined && belongs(contract) ? this.gate.projectFor(this.caller, undefined) : undefined;
    const write = { commandId: id, contract, object, project: project ?? this.projectOf(given) };
    try {
      this.allow(judgedAs, given, write.project);
    } catch (thrown) {
      if (thrown instanceof Refusal) await this.gate.audit(this.caller, write, thrown);
      throw thrown;
    }
    const home = defined({ project, ...this.gate.homeWithin(this.caller, contract, payload) });
    await this.gate.audit(this.caller, { ...write, ...home });
    return this.inner.run(contract, { ...payload, ...home }, id);
  }

  /**
   * Asking is not audited; that the object is the client's to ask about was seen when it was found. What has to do with the values of
   * secrets is: they go over the bus as requests, since no stream is to hold them.
   */
  async ask<C extends RequestContract>(contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>> {
    this.gate.admit(this.caller, contract);
    const ask = () => askSeen(contract, payload, { sight: this.sight, ask: (asked, given) => this.inner.ask(asked, given) });
    if (!ofValues.has(contract.subject)) return ask();
    const { secret } = payload as SecretRef;
    const { project } = this.memory.ownerOf('secret', secret) ?? {};
    return this.gate.audited(this.caller, { commandId: randomUUID(), contract, object: secret, project }, ask);
  }

  askHost<C extends RequestContract>(pool: PoolRecord, contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>> {
    return this.inner.askHost(pool, contract, payload);
  }

  /** @throws Refusal forbidden, and what the host refuses */
  async upload(part: VolumePart): Promise<Upload> {
    const settle = await this.announce(part, uploadHostVolume);
    return toldUpload(settle, () => this.inner.upload(part));
  }

  /** @throws Refusal forbidden, and what the host refuses */
  async download(part: VolumePart, taking: Taking): Promise<Download> {
    const settle = await this.announce(part, downloadHostVolume);
    return toldDownload(settle, () => this.inner.download(part, taking));
  }

  /** Audits what is read of a volume or written to it, before the first byte. @throws Refusal forbidden */
  private async announce({ pool, volume }: VolumePart, contract: RequestContract): Promise<Settle> {
    const object = `${pool.name}/${volume}`;
    const write = { commandId: randomUUID(), contract, object, ...defined({ project: pool.project }) };
    try {
      // Who may read or write a volume's bytes is who may make one.
      this.gate.check(this.caller, createVolume, { reference: pool.name, ...defined({ project: pool.project }) });
    } catch (thrown) {
      if (thrown instanceof Refusal) await this.gate.audit(this.caller, write, thrown);
      throw thrown;
    }
    await this.gate.audit(this.caller, write);
    let settled: Promise<void> | undefined;
    return (thrown) => (settled ??= this.gate.settle(write, thrown));
  }

  private projectOf(given: Payload): string | undefined {
    const owner = (kind: Owned): string | undefined => {
      const reference = given[kind];
      return typeof reference === 'string' ? this.memory.ownerOf(kind, reference)?.project : undefined;
    };
    return kinds.map((kind) => owner(kind)).find((each) => each !== undefined);
  }

  /** @throws Refusal */
  private allow(contract: Callable, given: Payload, home: string | undefined): void {
    this.gate.admit(this.caller, contract);
    for (const kind of kinds) {
      const reference = given[kind];
      if (typeof reference === 'string')
        this.gate.check(this.caller, contract, { reference, kind, ...this.memory.ownerOf(kind, reference) });
    }
    const { network, port } = given;
    if (typeof network === 'string' && typeof port === 'string')
      this.gate.check(this.caller, contract, { reference: port, kind: 'port', ...this.memory.ownerOfPort(network, port) });
    // What a copy is of is read: that takes as much as writing to it.
    if (isVolume(given.from))
      this.gate.check(this.caller, contract, { reference: given.from.pool, ...this.memory.ownerOf('pool', given.from.pool) });
    if (typeof given.xml === 'string') this.gate.checkDefinition(this.caller, given.xml, home);
  }
}
