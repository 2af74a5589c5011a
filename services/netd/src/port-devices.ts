import { defined, type PortRecord } from '@virtbus/contracts';
import type { Lacking } from './core/resolve-actual-net.js';
import type { Borrower, DeviceBook, DeviceWish } from './device-book.js';
import type { Ledger } from './ports.js';

/** A port that is to be, and what its connection lacks. */
export interface Wishing {
  readonly port: PortRecord;
  readonly lacks?: Lacking;
  /** The device that it must be. */
  readonly only?: DeviceWish['only'];
}

/** Devices of hosts for ports: taken before a port is entered, given back with it. */
export class PortDevices {
  constructor(private readonly books: { readonly ports: Ledger; readonly devices: DeviceBook }) {}

  /** One after the other: which device an interface gets depends on those before it. @throws Refusal pool_exhausted, operation_failed */
  async lent<W extends Wishing>(wishes: readonly W[]): Promise<W[]> {
    const granted: W[] = [];
    try {
      for (const one of wishes)
        granted.push(one.lacks ? { ...one, port: await this.withDevice(one.port, { ...one.lacks, ...defined({ only: one.only }) }) } : one);
      return granted;
    } catch (error) {
      await this.takeBack(granted);
      throw error;
    }
  }

  /** Ports that the domain holds from an earlier request keep their devices. */
  async takeBack(wishes: readonly Wishing[]): Promise<void> {
    for (const { port } of wishes) {
      const held = await this.books.ports.read(port);
      if (held?.value.domain !== port.domain || held.value.epoch !== port.epoch) await this.release(port);
    }
  }

  async release({ device, ...borrower }: Borrower & Pick<PortRecord, 'device'>): Promise<void> {
    if (device !== undefined) await this.books.devices.release(device, borrower);
  }

  private async withDevice(port: PortRecord, lacks: Omit<DeviceWish, 'network'>): Promise<PortRecord> {
    const held = await this.books.ports.read(port);
    if (held?.value.domain === port.domain && held.value.epoch === port.epoch) return held.value;
    const { key, dev, address } = await this.books.devices.take({ network: port.network, ...lacks }, port);
    return { ...port, actual: { ...port.actual, ...defined({ dev, pciAddress: address }) }, device: key };
  }
}
