/**
 * What a command line needs to know of the host. Everything that varies from host to host, or from run to run, comes in here: the
 * builder reads nothing by itself.
 */
import type { QemuCapabilities } from '../capabilities.js';
import type { InterfacePlan } from './interface-plan.js';
import type { HostLookups } from './lookups.js';

export type Accelerator = 'tcg' | 'kvm';

export interface HostPaths {
  /** The domain's own runtime directory, with its sockets. Absolute. */
  readonly directory: string;
  /** File with the key that secrets are encrypted with; without it the domain can have none. */
  readonly masterKey?: string;
  /** Files that stand for guest memory which is shared without huge pages; the directory itself when absent. */
  readonly memory?: string;
  /** Mounted hugetlbfs directories of this domain, by page size in KiB. */
  readonly hugePages?: readonly HugePages[];
  /** Directories with ca-cert.pem, server-cert.pem and so on. */
  readonly tls?: TlsDirectories;
  /** Socket of the emulated TPM; `swtpm.sock` in the directory when absent. */
  readonly tpmSocket?: string;
}

export interface HugePages {
  readonly sizeKiB: number;
  readonly path: string;
  /** The size that a definition gets which names none. */
  readonly default?: boolean;
}

export interface TlsDirectories {
  /** Character devices over TCP that ask for it. */
  readonly chardev?: string;
  readonly vnc?: string;
  readonly spice?: string;
  /** Network block devices. */
  readonly storage?: string;
}

/** The listening end of the monitor: a descriptor in QEMU, or a path that QEMU binds. */
export type MonitorEnd = { readonly fd: number } | { readonly path: string };

export interface ArgvHost {
  readonly capabilities: QemuCapabilities;
  readonly accel: Accelerator;
  readonly paths: HostPaths;
  readonly interfaces: readonly InterfacePlan[];
  /** Absent: the launcher appends the monitor itself. */
  readonly monitor?: MonitorEnd;
  /** What a chardev of type `pty` becomes. `socket` is one named ALIAS.sock in the directory, which survives whoever reads it. */
  readonly pty?: 'pty' | 'socket';
  /** Where file descriptors, secrets and translated storage come from. */
  readonly lookup?: HostLookups;
  /** Whether the host keeps what is written to transient disks in images that it throws away; without it they are refused. */
  readonly transientDisks?: boolean;
  /** NUMA nodes of the host; not checked when absent. */
  readonly numaNodes?: readonly number[];
  /** The render node that OpenGL uses when a definition names none. */
  readonly renderNode?: string;
  /** When the guest starts, in seconds since 1970: for clocks that are set relative to it. */
  readonly startTime?: { readonly utc: number; readonly local: number };
  /** Whether character devices over TCP use TLS that do not say. */
  readonly chardevTls?: boolean;
  /** Where the guest's state comes from (`-incoming`), when it does not boot. */
  readonly incoming?: string;
  readonly vnc?: ScreenPolicy & { readonly tls?: boolean; readonly sasl?: boolean };
  readonly spice?: ScreenPolicy;
}

/** What a host does with screens that do not say. */
export interface ScreenPolicy {
  /** Where they listen; 127.0.0.1 when absent. */
  readonly listen?: string;
  /** Whether there is a password for those without one. */
  readonly password?: boolean;
}
