import type { QemuCapabilities } from '@virtbus/qemu-argv';
import type { DomainEntry } from './core/domain-entry.js';
import type { Foresight } from './interfaces/foresight.js';
import type { Interfaces } from './interfaces/interfaces.js';
import type { Links } from './links/links.js';
import type { LiveGuest } from './live-guest.js';
import type { NetworkRunner } from './network.runner.js';
import type { Definitions, HostLog, PortAllocator, Reports, Store } from './ports.js';
import type { Storage } from './storage/storage.js';
import type { Qemus } from './qemu/qemu.js';

/** Storage pools, as disks need them. */
export type DiskStorage = Pick<Storage, 'volumeOfDisk' | 'mayBeDisk'>;

/** All that the domains of a host need of it. */
export interface DomainWorld {
  readonly hostId: string;
  readonly links: Links;
  readonly interfaces: Interfaces;
  readonly networks: NetworkRunner;
  readonly storage: DiskStorage;
  readonly qemus: Qemus;
  readonly ports: PortAllocator;
  readonly foresight: Foresight;
  readonly definitions: Definitions;
  readonly reports: Reports;
  readonly journal: Store<DomainEntry>;
  readonly log: HostLog;
  readonly kvm: boolean;
  /** @throws Refusal config_unsupported for a binary that this host does not offer */
  capabilitiesOf(emulator: string | undefined): Promise<QemuCapabilities>;
  /** The domain's own runtime directory and log file. */
  pathsOf(uuid: string): { readonly directory: string; readonly logFile: string };
  removeDirectory(path: string): Promise<void>;
  now(): string;
  /** Told of every guest that is live here from now on. */
  watch?(guest: LiveGuest): void;
  /** Told of every guest whose start is complete, before the fleet is. */
  booted?(guest: LiveGuest): void;
}
