import { chmod, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { RpcServer, type AuthPolicy } from '@virtbus/libvirt-rpc';
import type { Bus, Log, Subscription } from '@virtbus/messaging';
import { FleetMemory } from '../fleet.memory.js';
import type { FleetViews } from '../fleet.views.js';
import { BusFreshness } from './adapters/bus-freshness.js';
import { BusOrders, openLineOver } from './adapters/bus-orders.js';
import { EventTeller } from './event-teller.js';
import { routes } from './handlers/index.js';
import { Known } from './known.js';
import type { Listening } from './listening.js';
import { Session, type Gateway } from './session.js';

const EVENTS = 'virtbus.v1.evt.>';

/** Whoever may open the socket's file is its owner or root. */
const LOCAL: AuthPolicy = { type: 'none', identity: { name: 'root', by: 'socket' } };
/** On loopback there is nobody else than on the socket. */
const LOOPBACK: AuthPolicy = LOCAL;

/** The fleet as one libvirt daemon. It keeps nothing that is not in a bucket: any number of them serve one fleet. */
export class RpcGateway {
  private readonly server: RpcServer<Session>;
  private readonly teller: EventTeller;
  private events: Subscription | undefined;

  constructor(
    private readonly bus: Bus,
    views: FleetViews,
    private readonly log: Log,
  ) {
    const memory = new FleetMemory(views);
    const freshness = new BusFreshness(bus, views);
    const shared: Gateway = {
      known: new Known(memory, freshness),
      orders: new BusOrders(bus, freshness),
      openLine: openLineOver(bus),
      hostname: hostname(),
    };
    this.teller = new EventTeller(memory);
    this.server = new RpcServer<Session>({
      routes,
      open: (client) => {
        const session = new Session(client, shared);
        this.teller.add(session);
        return session;
      },
      onClose: (session) => this.teller.remove(session),
      onFault: (error, procedure) => log.error(`procedure ${procedure} failed`, error),
    });
  }

  /** @throws the system's error when an address cannot be listened to */
  async start({ socket, tcp, tls }: Listening): Promise<void> {
    if (!socket && !tcp && !tls) return;
    this.events = this.bus.subscribe(EVENTS, (event) => this.teller.tell(event));
    await this.events.ready;
    if (socket) await this.listenOnSocket(socket);
    if (tcp) {
      await this.server.listen(tcp, LOOPBACK);
      this.log.log(`libvirt's clients are served on ${tcp.host}:${tcp.port}, unencrypted`);
    }
    if (tls) await this.listenOnTls(tls);
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.events?.close();
  }

  private async listenOnSocket({ path, mode }: { readonly path: string; readonly mode: number }): Promise<void> {
    if (await answers(path)) throw new Error(`${path}: another gateway serves libvirt's clients there`);
    await rm(path, { force: true });
    await this.server.listen({ path }, LOCAL);
    await chmod(path, mode);
    this.log.log(`libvirt's clients are served on ${path}`);
  }

  /** With libvirt's own files: whoever has a certificate of the authority is let in. */
  private async listenOnTls({ host, port, pki }: { readonly host: string; readonly port: number; readonly pki: string }): Promise<void> {
    const file = (...names: readonly string[]) => readFile(join(pki, ...names));
    const [ca, cert, key] = await Promise.all([
      file('CA/cacert.pem'),
      file('libvirt/servercert.pem'),
      file('libvirt/private/serverkey.pem'),
    ]);
    const options = { ca, cert, key, requestCert: true, rejectUnauthorized: true };
    await this.server.listenTls({ host, port }, options, certified);
    this.log.log(`libvirt's clients are served on ${host}:${port} over TLS`);
  }
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
