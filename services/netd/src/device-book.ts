import { devicesOfPool, Refusal } from '@virtbus/contracts';
import type { DeviceConnection, DevicePool, HostDeviceRecord, HostDevices, PoolDevice, PortRecord } from '@virtbus/contracts';
import { notReclaimed } from './port-refusals.js';
import type { At } from './ports.js';

export type DeviceKey = Pick<HostDeviceRecord, 'hostId' | 'device'>;

/** One record for a device of a host, changed at the revision that was read. */
export interface DeviceRecords {
  read(key: DeviceKey): Promise<At<HostDeviceRecord> | undefined>;
  /** False when the record has changed since; revision 0 makes it. */
  write(record: HostDeviceRecord, revision: number): Promise<boolean>;
  remove(key: DeviceKey, revision: number): Promise<boolean>;
  /** As last heard of: may lag behind the truth. */
  known(): readonly HostDeviceRecord[];
}

export interface Hosts {
  devicesOf(hostId: string): Promise<HostDevices | undefined>;
}

export type Borrower = Pick<PortRecord, 'networkUuid' | 'mac' | 'domain' | 'domainName' | 'epoch' | 'hostId'>;

export interface DeviceWish {
  readonly network: string;
  readonly pool: DevicePool;
  readonly exclusive: boolean;
  /** The one that is wanted, by its name or PCI address, and by which port. */
  readonly only?: { readonly device: string; readonly port: string };
}

/** How often a record is read again because another netd was quicker. */
const MAX_ATTEMPTS = 50;
/** A connection whose port never came to be, by a crash, is looked at no sooner than this. */
const SWEEP_AGE_MS = 2 * 60_000;

/**
 * Who uses which device of which host. A device that is lent for one interface alone has one owner at any moment: its record says who,
 * and is changed by compare-and-set. Asking again gives the same device; giving back twice is giving back once.
 */
export class DeviceBook {
  constructor(
    private readonly records: DeviceRecords,
    private readonly hosts: Hosts,
    private readonly now: () => Date,
  ) {}

  /** @throws Refusal pool_exhausted when the host has none that may be had; operation_failed when the one that is wanted may not */
  async take(wish: DeviceWish, borrower: Borrower): Promise<PoolDevice> {
    const present = devicesOfPool(wish.pool, await this.hosts.devicesOf(borrower.hostId));
    const devices = present.filter(({ dev, address }) => wish.only === undefined || wish.only.device === (dev ?? address));
    for (const device of this.inOrder(devices, wish, borrower)) {
      if (await this.claim(device, wish, borrower)) return device;
    }
    throw wish.only ? notThatOne(wish, wish.only, devices.length) : exhausted(wish, borrower.hostId, devices.length);
  }

  /** Gives a device back; what a newer placement has of it is left alone. */
  async release(device: string, { hostId, ...borrower }: Omit<Borrower, 'domainName'>): Promise<void> {
    await this.disconnect({ hostId, device }, (one) => isSame(one, borrower) && one.epoch <= borrower.epoch);
  }

  /** Gives back what a crash has left. */
  async sweep(hasPort: (connection: DeviceConnection, device: string) => Promise<boolean>): Promise<void> {
    const old = this.now().getTime() - SWEEP_AGE_MS;
    for (const record of this.records.known()) {
      for (const connection of record.connections.filter(({ takenAt }) => Date.parse(takenAt) < old)) {
        if (!(await hasPort(connection, record.device)))
          await this.disconnect(record, (one) => isSame(one, connection) && one.epoch === connection.epoch);
      }
    }
  }

  /** What the borrower has already; then libvirt's order: the fewest connections, the earliest in the list among equals. */
  private inOrder(devices: readonly PoolDevice[], { exclusive }: DeviceWish, borrower: Borrower): PoolDevice[] {
    const known = new Map(this.records.known().flatMap((one) => (one.hostId === borrower.hostId ? [[one.device, one.connections]] : [])));
    const rank = ({ key }: PoolDevice): number => {
      const connections = known.get(key) ?? [];
      return connections.some((one) => isSame(one, borrower)) ? -1 : connections.length;
    };
    const ranked = devices.map((device, place) => ({ device, place, rank: rank(device) }));
    // What is known may be old, so nothing is left out: a device that seems taken is asked about last.
    return ranked
      .toSorted((a, b) => (exclusive ? Math.min(a.rank, 1) - Math.min(b.rank, 1) : a.rank - b.rank) || a.place - b.place)
      .map(({ device }) => device);
  }

  private async claim({ key: device }: PoolDevice, { exclusive }: DeviceWish, borrower: Borrower): Promise<boolean> {
    const { hostId, networkUuid, mac, domain, domainName, epoch } = borrower;
    const connection = { networkUuid, mac, domain, domainName, epoch, exclusive, takenAt: this.now().toISOString() };
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const held = await this.records.read({ hostId, device });
      const decision = joined(held?.value.connections ?? [], connection);
      if (typeof decision === 'boolean') return decision;
      if (await this.records.write({ hostId, device, connections: decision }, held?.revision ?? 0)) return true;
    }
    throw new Error(`device ${device} of host ${hostId}: its record was contended ${MAX_ATTEMPTS} times`);
  }

  private async disconnect({ hostId, device }: DeviceKey, which: (one: DeviceConnection) => boolean): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const held = await this.records.read({ hostId, device });
      if (!held?.value.connections.some(which)) return;
      const connections = held.value.connections.filter((one) => !which(one));
      const done =
        connections.length > 0
          ? await this.records.write({ hostId, device, connections }, held.revision)
          : await this.records.remove({ hostId, device }, held.revision);
      if (done) return;
    }
    throw new Error(`device ${device} of host ${hostId}: its record was contended ${MAX_ATTEMPTS} times`);
  }
}

/** The connections with one more; true when it is among them, false when it cannot be. */
function joined(connections: readonly DeviceConnection[], wanted: DeviceConnection): DeviceConnection[] | boolean {
  if (connections.some((one) => isSame(one, wanted) && one.epoch === wanted.epoch)) return true;
  const others = connections.filter((one) => !isSame(one, wanted));
  const taken = wanted.exclusive ? others.length > 0 : others.some((one) => one.exclusive);
  return taken ? false : [...others, wanted];
}

const isSame = (one: DeviceConnection, { networkUuid, mac, domain }: Pick<Borrower, 'networkUuid' | 'mac' | 'domain'>): boolean =>
  one.networkUuid === networkUuid && one.mac === mac && one.domain === domain;

/** In libvirt's words for a plug that is claimed again. */
function notThatOne({ network }: DeviceWish, { device, port }: NonNullable<DeviceWish['only']>, present: number): Refusal {
  const words =
    present === 0
      ? `network '${network}' doesn't have dev='${device}' in use by network port '${port}'`
      : `network '${network}' claims dev='${device}' is already in use by a different port`;
  return notReclaimed(words);
}

const exhausted = (wish: DeviceWish, hostId: string, present: number): Refusal =>
  new Refusal('pool_exhausted', `internal error: ${shortage(wish, hostId, present)}`);

function shortage({ network, exclusive, pool }: DeviceWish, hostId: string, present: number): string {
  if (!pool.pf && !pool.links && !pool.addresses)
    return `network '${network}' uses a direct mode, but has no forward dev and no interface pool`;
  if (present === 0) return `none of the devices of network '${network}' is on host '${hostId}'`;
  const all = `all ${present} of host '${hostId}' are in use`;
  return exclusive
    ? `network '${network}' requires exclusive access to interfaces, but none are available: ${all}`
    : `network '${network}' shares interfaces, and they are lent exclusively elsewhere: ${all}`;
}
