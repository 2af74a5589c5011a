/**
 * What one QEMU binary can do, as plain JSON: asked of the binary itself over QMP, kept in a cache on disk, and read by whoever
 * builds a command line. New facts are added as new properties; CAPABILITIES_FORMAT grows with them, so that an old cache is asked anew.
 */
export const CAPABILITIES_FORMAT = 1;

export interface QemuVersion {
  readonly major: number;
  readonly minor: number;
  readonly micro: number;
}

/** One entry of `query-machines`. */
export interface MachineType {
  /** The versioned name, for example `pc-i440fx-7.2`. */
  readonly name: string;
  /** The short name that stands for this version today, for example `pc` or `q35`. */
  readonly alias?: string;
  readonly cpuMax: number;
  readonly defaultCpuType?: string;
  /** The id that `memory-backend=` must carry, for example `pc.ram`. */
  readonly defaultRamId?: string;
  /** Whether the memory of NUMA cells may be given as a size (`numa-mem-supported`), as such machines always had it. */
  readonly numaMemSupported?: boolean;
  readonly deprecated: boolean;
}

/** One entry of `query-cpu-definitions`. */
export interface CpuModel {
  readonly name: string;
  /** False when this host's accelerator lacks a feature of the model (QEMU answers for TCG with `-machine none`). */
  readonly runnable: boolean;
  readonly deprecated: boolean;
}

export interface QemuCapabilities {
  readonly format: typeof CAPABILITIES_FORMAT;
  /** Absolute path of the binary that answered. */
  readonly binary: string;
  readonly version: QemuVersion;
  /** The distribution's package string, empty when built from source. */
  readonly package: string;
  /** QEMU's target architecture, for example `x86_64`. */
  readonly target: string;
  readonly machines: readonly MachineType[];
  readonly cpus: readonly CpuModel[];
  /** Accelerators compiled in (`tcg`, `kvm`). Whether KVM works on this host is a fact of the host, not of the binary. */
  readonly accelerators: readonly string[];
  /** Every concrete `-device` driver, sorted. */
  readonly devices: readonly string[];
  /** Every type that `-object` takes, sorted. */
  readonly objects: readonly string[];
  /** Every `-netdev` type, sorted. */
  readonly netdevs: readonly string[];
  /** Every QMP command, sorted. */
  readonly commands: readonly string[];
  /** Property names of the device models whose properties a command line depends on, sorted; other models are absent. */
  readonly deviceProperties: Readonly<Record<string, readonly string[]>>;
}

/** What is known of a machine, by its name or its alias. */
export const machineOf = ({ machines }: Pick<QemuCapabilities, 'machines'>, machine: string | undefined): MachineType | undefined =>
  machines.find(({ name, alias }) => name === machine || alias === machine);
