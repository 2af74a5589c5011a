import { chmod, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { domainRecords, getDomainStats, monitorEvent, openConsole, openGraphics, Refusal, type DomainStatsList } from '@virtbus/contracts';
import { RpcServer, type AuthPolicy } from '@virtbus/libvirt-rpc';
import { NotStarted } from '@virtbus/messaging';
import type { Bus, Log, Subscription } from '@virtbus/messaging';
import { localRoot, nobody, type Caller, type Gate, type Identity } from '../access/index.js';
import { FleetMemory } from '../fleet.memory.js';
import { Sight } from '../sight.js';
import { BusPoolHosts } from '../pools/pool-hosts.js';
import { VolumeBytes } from '../pools/volume-bytes.js';
import type { FleetViews } from '../fleet.views.js';
import { BusFreshness } from './adapters/bus-freshness.js';
import { BusOrders, openLineOver, openScreenOver } from './adapters/bus-orders.js';
import { AdmittedOrders, Door } from './door.js';
import { EventTeller } from './event-teller.js';
import { GuestUsages } from './guest-usages.js';
import { routes } from './handlers/index.js';
import { Known } from './known.js';
import type { Listening, TlsListening } from './listening.js';
import { MonitorEvents, type ListenToMonitors } from './monitor-events.js';
import { uuidOfName } from './named-uuid.js';
import { ScreenRelay, type ScreenLine } from './screens/screen-relay.js';
import { Session, type Gateway } from './session.js';
import { saltSecretOf, signIn } from './sign-in.js';

const EVENTS = 'virtbus.v1.evt.>';

/** Whoever may open the socket's file is its owner or root. */
const LOCAL: AuthPolicy = { type: 'none', identity: { name: 'root', by: 'socket' } };
/** On loopback there is nobody else than on the socket. */
const LOOPBACK: AuthPolicy = LOCAL;

/** The fleet as one libvirt daemon. It keeps nothing that is not in a bucket: any number of them serve one fleet. */
export class RpcGateway {
  private readonly server: RpcServer<Session>;
  private readonly teller: EventTeller;
  private readonly memory: FleetMemory;
  private events: Subscription | undefined;
  private screens: ScreenRelay | undefined;
  /** The fleet's, as clients know a hypervisor's host. */
  private uuid = '';

  constructor(
    private readonly bus: Bus,
    private readonly views: FleetViews,
    private readonly gate: Gate,
    private readonly log: Log,
  ) {
    const memory = new FleetMemory(views);
    this.memory = memory;
    const freshness = new BusFreshness(bus, views);
    const hosts = new BusPoolHosts(bus, views);
    const bytes = new VolumeBytes(bus, hosts, (volume) => freshness.volume(volume));
    const orders = new BusOrders(bus, freshness, hosts, bytes);
    this.teller = new EventTeller(memory);
    const monitors = new MonitorEvents(memory, monitorsOver(bus));
    const usages = new GuestUsages(async (uuid) => {
      const { records } = await orders.ask(getDomainStats, { domains: [uuid], groups: ['cpu-total', 'balloon'] }).catch(asNone);
      const { 'cpu.time': time, 'balloon.current': current } = records[0]?.stats ?? {};
      return { cpuTime: whole(time) ?? 0n, memoryKiB: whole(current) };
    });
    const gatewayOf = (caller: Caller, door = new Door(gate, caller, memory)): Gateway => ({
      known: new Known(memory, freshness, new Sight(caller, memory)),
      orders: new AdmittedOrders(orders, gate, caller, memory),
      admit: (call) => door.admit(call),
      tellRefused: (procedure, object, refusal) => door.tellRefused(procedure, object, refusal),
      openLine: (of) => door.open(openConsole, of.uuid, () => openLineOver(bus)(of)),
      screenOf: async (uuid) => this.screens?.of(uuid),
      openScreen: (uuid) => door.open(openGraphics, uuid, () => this.handScreen(uuid)),
      usage: ({ record }) => usages.of(record.uuid),
      hostname: hostname(),
      uuid: this.uuid,
      events: this.teller,
      monitors,
    });
    this.server = new RpcServer<Session>({
      routes,
      open: (client) => new Session(client, gatewayOf({ identity: identityOf(client.identity), via: 'rpc', from: client.address })),
      onClose: (session) => void session.close().catch((error: unknown) => log.error('what ends with a connection does not', error)),
      onFault: (error, procedure) => log.error(`procedure ${procedure} failed`, error),
    });
  }

  /** @throws the system's error when an address cannot be listened to */
  async start({ socket, tcp, tls, screens }: Listening): Promise<void> {
    if (!socket && !tcp && !tls) return;
    if (screens !== undefined) this.screens = this.relayAt(screens);
    // Every gateway says the same, and no other fleet does.
    this.uuid = uuidOfName(await this.bus.bucket(domainRecords).createdAt());
    this.events = this.bus.subscribe(EVENTS, (event) => this.teller.tell(event));
    await this.events.ready;
    if (socket) await this.listenOnSocket(socket);
    if (tcp) {
      await this.server.listen(tcp, LOOPBACK);
      this.log.log(`libvirt's clients are served on ${tcp.host}:${tcp.port}, unencrypted`);
    }
    if (tls) await this.listenOnTls(tls);
  }

  /** Nobody is asked who they are at a screen's port: the audit has no more than where from. */
  private openToStranger(uuid: string, from: string | undefined): Promise<ScreenLine> {
    const door = new Door(this.gate, { identity: nobody, via: 'rpc', from }, this.memory);
    return door.open(openGraphics, uuid, () => openScreenOver(this.bus, this.memory)(uuid));
  }

  async close(): Promise<void> {
    await this.screens?.close();
    await this.server.close();
    await this.events?.close();
  }

  /** @throws Refusal */
  private async handScreen(uuid: string): Promise<number> {
    if (!this.screens) throw new Refusal('operation_unsupported', 'Operation not supported: this gateway shows no screens');
    return this.screens.open(uuid);
  }

  private relayAt(address: string): ScreenRelay {
    const { bus, memory, views, log } = this;
    const onEnded = (listener: (uuid: string) => void) => {
      const look = ({ key }: { readonly key: { readonly uuid: string } }) => void (memory.domain(key.uuid)?.active || listener(key.uuid));
      const ends = [views.states.onChange(look), views.placements.onChange(look)];
      return () => {
        for (const end of ends) end();
      };
    };
    return new ScreenRelay({
      address,
      log,
      onEnded,
      openScreen: openScreenOver(bus, memory),
      openToStranger: (uuid, from) => this.openToStranger(uuid, from),
    });
  }

  private async listenOnSocket({ path, mode }: { readonly path: string; readonly mode: number }): Promise<void> {
    if (await answers(path)) throw new NotStarted(`${path}: another gateway serves libvirt's clients there`);
    await rm(path, { force: true });
    await this.server.listen({ path }, LOCAL);
    await chmod(path, mode);
    this.log.log(`libvirt's clients are served on ${path}`);
  }

  /** With libvirt's own files: whoever has a certificate of the authority is let in; whoever has none shows an API token. */
  private async listenOnTls({ host, port, pki, sasl }: TlsListening): Promise<void> {
    const file = (...names: readonly string[]) => readFile(join(pki, ...names));
    const [ca, cert, key] = await Promise.all([
      file('CA/cacert.pem'),
      file('libvirt/servercert.pem'),
      file('libvirt/private/serverkey.pem'),
    ]);
    const options = { ca, cert, key, requestCert: true, rejectUnauthorized: false };
    const secret = await saltSecretOf(this.bus);
    const withToken = ({ remoteAddress: from }: TLSSocket): AuthPolicy => signIn({ gate: this.gate, secret, names: sasl, from });
    await this.server.listenTls({ host, port }, options, (socket) => certified(socket) ?? withToken(socket));
    this.log.log(`libvirt's clients are served on ${host}:${port} over TLS`);
  }
}

const monitorsOver =
  (bus: Bus): ListenToMonitors =>
  (uuid, listener) =>
    bus.listenTo(
      monitorEvent,
      ({ tokens, payload }) => {
        if (payload.uuid === tokens['uuid']) listener({ hostId: tokens['hostId'] ?? '', happening: payload });
      },
      uuid === undefined ? {} : { tokens: { uuid } },
    );

/** A domain whose host does not answer is shown without what only the host knows. */
function asNone(thrown: unknown): DomainStatsList {
  if (thrown instanceof Refusal) return { records: [] };
  throw thrown;
}

const whole = (value: unknown): bigint | undefined => (typeof value === 'number' ? BigInt(Math.trunc(value)) : undefined);

interface Shown {
  readonly by: 'socket' | 'certificate' | 'sasl';
  readonly name: string;
  readonly details?: unknown;
}

/** The authority of libvirt's own certificates vouches for administrators, as it does for libvirtd. */
function identityOf({ by, name, details }: Shown): Identity {
  if (by === 'socket') return localRoot;
  if (by === 'certificate') return { ...localRoot, name: `certificate:${name}` };
  // Put there by `signIn`, whose mechanisms are the only ones.
  return details as Identity;
}

function certified(socket: TLSSocket): AuthPolicy | undefined {
  const name = socket.getPeerCertificate().subject?.CN;
  if (!socket.authorized || typeof name !== 'string') return undefined;
  return { type: 'none', identity: { name, by: 'certificate' } };
}

/** A socket that nobody listens to any more is a file that a killed gateway has left. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
