import type { CommandContract, PayloadOf, PoolRecord, ReplyOf, RequestContract } from '@virtbus/contracts';
import { BusConsole, type Bus, type Download, type Taking, type Upload } from '@virtbus/messaging';
import * as contracts from '@virtbus/contracts';
import type { FleetMemory } from '../../fleet.memory.js';
import type { PoolHosts } from '../../pools/pool-hosts.js';
import type { VolumeBytes, VolumePart } from '../../pools/volume-bytes.js';
import { askOver } from '../../seen-answers.js';
import type { Freshness } from '../known.js';
import type { Gateway, Line, Orders } from '../session.js';

/** What the payload or the reply of a command says which object it was about. */
const referenceIn = (value: object, ...names: readonly string[]): string | undefined => {
  for (const name of names) {
    const reference = (value as Readonly<Record<string, unknown>>)[name];
    if (typeof reference === 'string' && reference !== '') return reference;
  }
  return undefined;
};

/** What the command is about, if memory holds such objects. */
function kindOf(subject: string): 'domain' | 'network' | 'secret' | undefined {
  const [, , , kind] = subject.split('.');
  return kind === 'domain' || kind === 'network' || kind === 'secret' ? kind : undefined;
}

export class BusOrders implements Omit<Orders, 'run'> {
  constructor(
    private readonly bus: Bus,
    private readonly freshness: Freshness,
    private readonly hosts: Pick<PoolHosts, 'ask'>,
    private readonly bytes: VolumeBytes,
  ) {}

  upload(part: VolumePart): Promise<Upload> {
    return this.bytes.upload(part);
  }

  download(part: VolumePart, taking: Taking): Promise<Download> {
    return this.bytes.download(part, taking);
  }

  async run<C extends CommandContract>(contract: C, payload: PayloadOf<C>, id?: string): Promise<ReplyOf<C>> {
    const command: CommandContract = contract;
    const reply = (await this.bus.run(command, payload, id === undefined ? {} : { id })) as ReplyOf<C> & object;
    // Whoever has had the answer sees what it says, wherever it asks next.
    const kind = kindOf(contract.subject);
    const reference = kind && (referenceIn(reply, 'uuid') ?? referenceIn(payload, kind));
    if (kind && reference !== undefined) await this.freshness[kind](reference);
    await this.answerSeen(command, reply);
    return reply;
  }

  private async answerSeen({ reply: answer }: CommandContract, reply: object): Promise<void> {
    if (answer === contracts.PoolLooked) {
      const looked = reply as contracts.PoolLooked;
      await this.freshness.pool(looked.uuid, looked);
    }
    if (answer === contracts.NetworkPortId) await this.freshness.port(reply as contracts.NetworkPortId);
    if (answer === contracts.VolumeId) await this.freshness.volume(reply as contracts.VolumeId);
  }

  async askHost<C extends RequestContract>(pool: PoolRecord, contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>> {
    return (await this.hosts.ask(pool, contract, payload)).reply;
  }

  ask<C extends RequestContract>(contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>> {
    return askOver(this.bus)(contract, payload);
  }
}

/** A guest's console over the bus; what a client writes is let in no faster than the bus takes it. */
class BusLine implements Line {
  constructor(
    private readonly bus: Bus,
    private readonly console: BusConsole,
  ) {}

  get ended(): Promise<void> {
    return this.console.ended;
  }

  async send(bytes: Uint8Array): Promise<void> {
    this.console.send(bytes);
    await this.bus.flush();
  }

  onBytes(listener: (bytes: Uint8Array) => void): void {
    this.console.onBytes(listener);
  }

  close(): Promise<void> {
    return this.console.close();
  }
}

export const openLineOver =
  (bus: Bus): Gateway['openLine'] =>
  async ({ hostId, ...question }) => {
    const { subject } = await bus.request(contracts.openConsole, question, { tokens: { hostId } });
    return new BusLine(bus, await BusConsole.join(bus, subject));
  };

/** To the host that has the domain now. */
export const openScreenOver =
  (bus: Bus, memory: FleetMemory) =>
  async (uuid: string): Promise<BusConsole> => {
    const hostId = memory.domain(uuid)?.hostId;
    if (hostId === undefined) throw new contracts.Refusal('operation_invalid', 'Requested operation is not valid: domain is not running');
    const { subject } = await bus.request(contracts.openGraphics, { uuid }, { tokens: { hostId } });
    return BusConsole.join(bus, subject);
  };
