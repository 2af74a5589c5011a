import {
  destroyDomain,
  Refusal,
  type CommandContract,
  type PayloadOf,
  type PoolRecord,
  type ReplyOf,
  type RequestContract,
} from '@virtbus/contracts';
import type { Client } from '@virtbus/libvirt-rpc';
import type { Download, Taking, Upload } from '@virtbus/messaging';
import type { Call } from '../access/index.js';
import type { KnownDomain } from '../fleet.memory.js';
import type { GuestUsage } from './guest-usages.js';
import type { Known } from './known.js';
import type { MonitorWatch } from './monitor-events.js';
import type * as simulated from './private-fleet/fixture-table.js';
import type { SimulatedInterfaces } from './private-fleet/simulated-interfaces.js';
import type { VolumePart } from '../pools/volume-bytes.js';
import { Registrations } from './registrations.js';
import type { ScreenAddress } from './screens/screen-relay.js';

/** What changes the fleet, or asks one of its services. */
export interface Orders {
  /**
   * Sends a command and waits for its outcome; afterwards the memory shows what it did.
   * @param judgedAs the call that the client makes, when it may less than all that the command can do
   * @throws Refusal
   */
  run<C extends CommandContract>(contract: C, payload: PayloadOf<C>, judgedAs?: Call): Promise<ReplyOf<C>>;
  /** A question that no bucket answers: to the fleet's own services. @throws Refusal */
  ask<C extends RequestContract>(contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>>;
  /** A question to the host that answers for a pool. @throws Refusal */
  askHost<C extends RequestContract>(pool: PoolRecord, contract: C, payload: PayloadOf<C>): Promise<ReplyOf<C>>;
  /** Overwrites a part of a volume. @throws Refusal */
  upload(part: VolumePart): Promise<Upload>;
  /** Hands over what a part of a volume holds. @throws Refusal */
  download(part: VolumePart, taking: Taking): Promise<Download>;
}

/** A serial line of a guest. */
export interface Line {
  send(bytes: Uint8Array): Promise<void>;
  /** Bytes of the guest's; the next ones wait until the promise resolves. */
  onBytes(listener: (bytes: Uint8Array) => void): void;
  /** The host has ended it. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** What a client's session is given. */
export interface Gateway {
  readonly known: Known;
  readonly orders: Orders;
  /** @throws Refusal forbidden */
  admit(call: Call): void;
  /** Audits a call that the client's role does not allow: libvirt's name of it, and the object that it names. */
  tellRefused(procedure: string, object: string | undefined, refusal: Refusal): Promise<void>;
  /** @throws Refusal */
  openLine(of: { readonly hostId: string; readonly uuid: string; readonly device?: string; readonly force: boolean }): Promise<Line>;
  /** Where the screen of a running domain is shown, if it is anywhere. */
  screenOf(uuid: string): Promise<ScreenAddress | undefined>;
  /** A connection of its own to a relayed screen: a descriptor for whoever passes it on. @throws Refusal */
  openScreen(uuid: string): Promise<number>;
  usage(domain: KnownDomain): Promise<GuestUsage>;
  readonly hostname: string;
  /** The fleet's. */
  readonly uuid: string;
  /** Who tells the client what happens. */
  readonly events: { add(session: Session): void; remove(session: Session): void };
  /** Who tells it what QEMU's monitors say. */
  readonly monitors: { add(watch: MonitorWatch): Promise<() => void> };
  /** What there is on a private fleet and on no real one. */
  readonly simulated?: typeof simulated & { readonly interfaces: SimulatedInterfaces };
}

/** One client's connection: what it opened, and what it wants to hear. Everything else belongs to the fleet. */
export class Session {
  opened = false;
  readOnly = false;
  readonly registrations = new Registrations();
  /** Domains that end with the connection, by the ids that they have as long as they run. */
  private readonly own = new Map<string, number>();
  /** What ends the registrations for what monitors say, by their numbers. */
  private readonly heard = new Map<number, () => void>();
  private closed = false;

  constructor(
    readonly client: Client,
    public gateway: Gateway,
  ) {
    gateway.events.add(this);
  }

  /** Goes over to another fleet: from here on the client sees, orders and hears of that one only. */
  moveTo(gateway: Gateway): void {
    this.gateway.events.remove(this);
    this.gateway = gateway;
    gateway.events.add(this);
  }

  /** What runs now is this connection's, and ends with it, as libvirt has it; a gateway that is killed leaves it. */
  async endsWithConnection(uuid: string): Promise<void> {
    const { id } = await this.known.domain({ uuid });
    this.own.set(uuid, id);
    if (this.closed) await this.endOwn();
  }

  /** Registers for what monitors say. @returns the registration's number */
  async hearMonitors(wanted: Pick<MonitorWatch, 'object' | 'matches'>): Promise<number> {
    const callbackId = this.registrations.add({ kind: 'monitor', eventId: 0, object: wanted.object });
    const end = await this.gateway.monitors.add({ ...wanted, session: this, callbackId });
    // The connection may have ended in between.
    if (this.closed) end();
    else this.heard.set(callbackId, end);
    return callbackId;
  }

  /** @returns whether there was such a registration */
  leaveMonitors(callbackId: number): boolean {
    this.heard.get(callbackId)?.();
    this.heard.delete(callbackId);
    return this.registrations.remove('monitor', callbackId);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.gateway.events.remove(this);
    for (const end of this.heard.values()) end();
    await this.endOwn();
  }

  /** What somebody has ended in the meantime, and perhaps started again, is not this connection's any more. */
  private async endOwn(): Promise<void> {
    for (const [domain, id] of this.own) {
      if (this.known.memory.domain(domain)?.id !== id) continue;
      await this.orders.run(destroyDomain, { domain }).catch((thrown: unknown) => {
        if (!(thrown instanceof Refusal)) throw thrown;
      });
    }
  }

  /** @throws Refusal forbidden */
  admit(call: Call): void {
    this.gateway.admit(call);
  }

  may(call: Call): boolean {
    try {
      this.admit(call);
      return true;
    } catch (thrown) {
      if (thrown instanceof Refusal) return false;
      throw thrown;
    }
  }

  get known(): Known {
    return this.gateway.known;
  }

  get orders(): Orders {
    return this.gateway.orders;
  }
}
