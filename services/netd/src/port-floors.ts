import type { Bandwidth, PortRecord } from '@virtbus/contracts';
import type { NetworkDef } from '@virtbus/libvirt-xml';
import type { Floors } from './floors.runner.js';
import type { Ledger } from './ports.js';

/** Nothing is no floor. */
const floorOf = (bandwidth: Bandwidth | undefined): number | undefined => bandwidth?.inbound?.floor || undefined;

/** Floors of ports: promised before a port is entered, given back after it is gone. */
export class PortFloors {
  constructor(
    private readonly books: { readonly ports: Ledger; readonly floors: Floors },
    private readonly clock: { now(): Date },
  ) {}

  /** The port with the class of its floor. @throws Refusal (see Floors) */
  async promised(port: PortRecord, network: NetworkDef): Promise<PortRecord> {
    const floor = floorOf(port.actual.bandwidth);
    if (floor === undefined) return port;
    const { mac, domain, epoch } = port;
    const wish = { mac, domain, epoch, floor, claimedAt: this.clock.now().toISOString() };
    const classId = await this.books.floors.claim(port.networkUuid, wish, network);
    return classId === undefined ? port : { ...port, actual: { ...port.actual, classId } };
  }

  /** The port with another bandwidth. @throws Refusal (see Floors) */
  reshaped(port: PortRecord, bandwidth: Bandwidth | undefined, network: NetworkDef): Promise<PortRecord> {
    const { bandwidth: _, classId: __, ...rest } = port.actual;
    return this.promised({ ...port, actual: { ...rest, ...(bandwidth ? { bandwidth } : {}) } }, network);
  }

  /** Once the port is entered anew, a floor that it no longer has is given back. */
  async settle(before: PortRecord, after: PortRecord): Promise<void> {
    if (after.actual.classId === undefined) await this.release(before);
  }

  /** A request has come to nothing: what is promised is again what the domain's port says, if it has one. @throws Refusal (see Floors) */
  async takeBack(port: PortRecord, network: NetworkDef): Promise<void> {
    const held = await this.books.ports.read(port);
    if (held?.value.domain !== port.domain || held.value.actual.classId === undefined) await this.release(port);
    else await this.promised(held.value, network);
  }

  async release(port: PortRecord): Promise<void> {
    if (port.actual.classId !== undefined) await this.books.floors.release(port.networkUuid, port);
  }

  /** Floors without a port, older than `before`. */
  sweep(before: number): Promise<void> {
    return this.books.floors.sweep(before, async (networkUuid, { mac, domain }) => {
      const held = await this.books.ports.read({ networkUuid, mac });
      return held?.value.domain === domain;
    });
  }
}
