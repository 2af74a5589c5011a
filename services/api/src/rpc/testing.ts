/** A gateway without a bus, for this package's unit tests: views in memory, and orders that are written down. */
import type { CommandContract, DomainRecord, DomainState, RequestContract } from '@virtbus/contracts';
import { programs, type ArgsOf, type Call, type Client, type Procedure, type ReplyOf } from '@virtbus/libvirt-rpc';
import { localRoot, type Identity } from '../access/index.js';
import { FleetMemory } from '../fleet.memory.js';
import { routes } from './handlers/index.js';
import { askSeen } from '../seen-answers.js';
import { Sight } from '../sight.js';
import { admit } from './door.js';
import { alwaysFresh, Known } from './known.js';
import { memoryViews } from './private-fleet/memory-view.js';
import { Session, type Gateway } from './session.js';

export interface Sent {
  readonly subject: string;
  readonly payload: object;
}

/** What a screen is opened as. No descriptor of this process. */
export const FAKE_SCREEN = 1_000_000;

const callOf = (passed: number[]): Call => ({
  openStream: () => {
    throw new Error('no stream in a unit test');
  },
  afterReply: () => undefined,
  passDescriptors: (...descriptors) => void passed.push(...descriptors),
});

/** A session of a client on a fleet that the test fills. */
export class TestGateway {
  readonly views = memoryViews();
  readonly memory = new FleetMemory(this.views);
  /** Who the client is. */
  identity: Identity = localRoot;
  private readonly sight = this.sightOfClient();
  readonly sent: Sent[] = [];
  readonly told: unknown[] = [];
  readonly passed: number[] = [];
  /** What the fleet does with a command. */
  answer: (contract: CommandContract, payload: object) => object = () => ({});
  /** What the fleet's services answer. */
  reply: (contract: RequestContract, payload: object) => object = () => ({});
  private readonly client: Client = {
    identity: { name: 'root', by: 'socket' },
    takesDescriptors: true,
    send: (_, message) => void this.told.push(message),
    ping: () => undefined,
    close: () => undefined,
  };
  readonly gateway: Gateway = {
    known: new Known(this.memory, alwaysFresh, this.sight),
    orders: {
      run: async (contract, payload) => {
        this.sent.push({ subject: contract.subject, payload });
        return this.answer(contract, payload) as never;
      },
      ask: (contract, payload) =>
        askSeen(contract, payload, { sight: this.sight, ask: async (asked, given) => this.reply(asked, given) as never }),
      askHost: async (_, contract, payload) => this.reply(contract, payload) as never,
      upload: () => Promise.reject(new Error('no bytes in a unit test')),
      download: () => Promise.reject(new Error('no bytes in a unit test')),
    },
    admit: (call) => admit({ identity: this.identity }, call),
    tellRefused: async () => undefined,
    openLine: () => Promise.reject(new Error('no line in a unit test')),
    screenOf: async () => undefined,
    openScreen: async () => FAKE_SCREEN,
    usage: async () => ({ cpuTime: 7_000_000_000n, memoryKiB: 65_000n }),
    hostname: 'gate.example',
    uuid: uuidOf(999),
    events: { add: () => undefined, remove: () => undefined },
    monitors: { add: async () => () => undefined },
  };
  readonly session = new Session(this.client, this.gateway);

  constructor({ opened = true, readOnly = false } = {}) {
    this.session.opened = opened;
    this.session.readOnly = readOnly;
  }

  /** Of whoever the client is at the moment. */
  private sightOfClient(): Sight {
    const identity = () => this.identity;
    return new Sight(
      {
        get identity() {
          return identity();
        },
      },
      this.memory,
    );
  }

  /** As a client calls, behind the same guard. @throws RemoteError */
  async call<P extends Procedure>(procedure: P, args: ArgsOf<P>): Promise<ReplyOf<P>> {
    const route = routes.get(programs.remote)?.get(procedure.number);
    if (!route?.handler) throw new Error('there is no such procedure');
    return (await route.handler(args, this.session, callOf(this.passed))) as ReplyOf<P>;
  }
}

export const uuidOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const domainRecord = (number: number, more: Partial<DomainRecord> = {}): DomainRecord => ({
  uuid: uuidOf(number),
  name: `d${number}`,
  xml: `<domain type='qemu'>\n  <name>d${number}</name>\n  <memory unit='KiB'>65536</memory>\n  <os><type>hvm</type></os>\n</domain>\n`,
  persistent: true,
  autostart: false,
  demand: { type: 'qemu', arch: 'x86_64', memoryMiB: 64, vcpus: 2 },
  memoryKiB: 65_536,
  maxMemoryKiB: 131_072,
  ...more,
});

export const domainState = (number: number, more: Partial<DomainState> = {}): DomainState => ({
  uuid: uuidOf(number),
  name: `d${number}`,
  hostId: 'host-a',
  epoch: 1,
  state: 'running',
  reason: 'booted',
  id: number + 100,
  since: '2026-11-21T10:00:00.000Z',
  interfaces: [],
  ...more,
});
