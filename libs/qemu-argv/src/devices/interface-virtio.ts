/** Tuning of virtio network cards. */
import type { JsonObject } from '../argv/json.js';
import type { NetInterface } from '../domain-parts.js';
import { unsupported } from '../refusal.js';
import { virtioProps } from './virtio.js';

type Driver = NonNullable<Exclude<NetInterface, { readonly type: 'hostdev' }>['driver']>;

const models: ReadonlySet<string> = new Set(['virtio', 'virtio-transitional', 'virtio-non-transitional']);

export const isVirtioCard = ({ model }: NetInterface): boolean => model?.type !== undefined && models.has(model.type);

/** Types whose backend has a queue for each of the card's. */
const multiqueue: ReadonlySet<NetInterface['type']> = new Set(['network', 'bridge', 'direct', 'ethernet', 'vhostuser', 'vdpa']);

/** Number of queue pairs; undefined for the one that every card has. */
export const queuesOf = (net: NetInterface): number | undefined => driverOf(net)?.queues;

const driverOf = (net: NetInterface): Driver | undefined => (net.type === 'hostdev' ? undefined : net.driver);

export function virtioCard(net: NetInterface, at: string): JsonObject {
  const driver = driverOf(net);
  if (!isVirtioCard(net)) {
    if (driver) throw unsupported(`${at}/driver`, 'only virtio interfaces have these options');
    return {};
  }
  checkQueues(net, at);
  return {
    ...virtioProps(driver),
    ...ring(driver),
    ...offloads(driver),
    ...queueProps(net),
    host_mtu: net.mtu?.size,
    failover: net.teaming?.type === 'persistent' ? true : undefined,
  };
}

function checkQueues(net: NetInterface, at: string): void {
  if (queuesOf(net) === undefined || multiqueue.has(net.type)) return;
  throw unsupported(`${at}/driver/@queues`, `an interface of type '${net.type}' has one queue`);
}

const transmitters = { iothread: 'bh', timer: 'timer' } as const;

const ring = (driver: Driver | undefined): JsonObject => ({
  tx: driver?.txmode && transmitters[driver.txmode],
  ioeventfd: driver?.ioeventfd,
  event_idx: driver?.eventIdx,
});

/** What the card and its driver leave to each other. */
const offloads = (driver: Driver | undefined): JsonObject => ({ ...hostOffloads(driver?.host), ...guestOffloads(driver?.guest) });

const hostOffloads = (host: Driver['host'] = {}): JsonObject => ({
  csum: host.csum,
  gso: host.gso,
  host_tso4: host.tso4,
  host_tso6: host.tso6,
  host_ecn: host.ecn,
  host_ufo: host.ufo,
  mrg_rxbuf: host.mrgRxbuf,
});

const guestOffloads = (guest: Driver['guest'] = {}): JsonObject => ({
  guest_csum: guest.csum,
  guest_tso4: guest.tso4,
  guest_tso6: guest.tso6,
  guest_ecn: guest.ecn,
  guest_ufo: guest.ufo,
});

function queueProps(net: NetInterface): JsonObject {
  const driver = driverOf(net) ?? {};
  return {
    ...multiqueueProps(driver.queues, net),
    rx_queue_size: driver.rxQueueSize,
    tx_queue_size: driver.txQueueSize,
    rss: driver.rss,
    hash: driver.rssHashReport,
  };
}

/** Two vectors a queue pair, one for configuration and one for control. Without PCI there are no vectors, nor several queues. */
const multiqueueProps = (queues: number | undefined, { address }: NetInterface): JsonObject =>
  queues === undefined || address?.type === 'virtio-mmio' ? {} : { mq: true, vectors: 2 * queues + 2 };
