/** The fleet over its bus. Loaded when the first question is asked: what it imports is most of a command's start-up time. */
import { randomUUID } from 'node:crypto';
import { monitorEvent, openConsole, Refusal, type CommandContract, type RequestContract } from '@virtbus/contracts';
import { Bus, BusConsole, credentialFrom } from '@virtbus/messaging';
import { orders, questions } from './bus-contracts.js';
import { BusBytes } from './bus-bytes.js';
import { allPages } from './pages.js';
import { happenedIn, type Happened, type Subject } from './core/happened.js';
import {
  FleetError,
  type Answer,
  type ConsoleLine,
  type ConsoleQuestion,
  type Fleet,
  type MonitorSaid,
  type Order,
  type OrderOptions,
  type OrderPayload,
  type Question,
  type QuestionPayload,
  type Result,
  type Piece,
  type Take,
  type VolumePart,
} from './fleet.js';
import { serverAddress, type ServerAddress } from './server-address.js';
import type { Surroundings } from './surroundings.js';

/** Longer than a server on the network needs, shorter than a user waits. */
const CONNECT_MS = 3_000;
const EVENTS = { domain: 'virtbus.v1.evt.domain.*.*', network: 'virtbus.v1.evt.network.*.*' } as const;

const fleetError = (thrown: unknown): unknown => {
  if (!(thrown instanceof Refusal)) return thrown;
  const { code, message, path, libvirt } = thrown;
  return new FleetError(code, message, { path, libvirt, cause: thrown });
};

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    throw fleetError(thrown);
  }
}

class BusFleet implements Fleet {
  constructor(private readonly bus: Bus) {}

  async ask<N extends Question>(name: N, payload: QuestionPayload<N>): Promise<Answer<N>> {
    const contract: RequestContract = questions[name];
    return translated(allPages(payload, (page) => this.bus.request(contract, page)) as Promise<Answer<N>>);
  }

  async run<N extends Order>(name: N, payload: OrderPayload<N>, { timeoutMs, onSent }: OrderOptions): Promise<Result<N>> {
    const contract: CommandContract = orders[name];
    const id = randomUUID();
    onSent?.(id);
    return translated(this.bus.run(contract, payload, { id, timeoutMs }) as Promise<Result<N>>);
  }

  async watch(listener: (happened: Happened) => void, kind: Subject = 'domain'): Promise<void> {
    const subscription = this.bus.subscribe(EVENTS[kind], ({ subject, payload }) => {
      const happened = happenedIn(subject.split('.').at(-1), payload);
      if (happened) listener(happened);
    });
    await translated(subscription.ready);
  }

  async hearMonitors(listener: (said: MonitorSaid) => void, uuid?: string): Promise<void> {
    const options = uuid === undefined ? {} : { tokens: { uuid } };
    await translated(this.bus.listenTo(monitorEvent, ({ payload }) => listener(payload), options).ready);
  }

  async openConsole({ hostId, ...question }: ConsoleQuestion): Promise<ConsoleLine> {
    const { subject } = await translated(this.bus.request(openConsole, question, { tokens: { hostId } }));
    return BusConsole.join(this.bus, subject);
  }

  async download(part: VolumePart, take: Take, signal: AbortSignal): Promise<void> {
    await translated(new BusBytes(this.bus).download(part, take, signal));
  }

  async upload(part: VolumePart, pieces: AsyncIterable<Piece>, signal: AbortSignal): Promise<void> {
    await translated(new BusBytes(this.bus).upload(part, pieces, signal));
  }

  async close(): Promise<void> {
    await this.bus.drain();
  }
}

function unreachable({ urls, origin }: ServerAddress, reason: string): FleetError {
  const tried = `no NATS server to talk to at ${urls.join(', ')} (${origin}): ${reason}`;
  return new FleetError('fleet_unreachable', `${tried}\nrun 'virtbus up', or say where the server is with --url or VIRTBUS_NATS_URL`);
}

const reasonOf = ({ reason }: AbortSignal): Error => (reason instanceof Error ? reason : new Error(String(reason)));

/** @throws FleetError when the server does not answer in time, or refuses */
export async function connectBus(
  url: string | undefined,
  surroundings: Pick<Surroundings, 'environment' | 'uid'>,
  connectMs: number = CONNECT_MS,
): Promise<Fleet> {
  const address = serverAddress(url, surroundings);
  const signal = AbortSignal.timeout(connectMs);
  // A server that takes the connection and says nothing would be waited for longer.
  const overdue = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(reasonOf(signal)));
  });
  try {
    const credential = credentialFrom(surroundings.environment);
    const common = { name: 'virtbus command line', owner: 'client', provision: false, signal } as const;
    const options = { ...common, servers: address.urls, ...(credential ? { credential } : {}) };
    return new BusFleet(await Promise.race([Bus.connect(options), overdue]));
  } catch (cause) {
    throw unreachable(address, signal.aborted ? `no answer within ${connectMs / 1_000} s` : String(cause));
  }
}
