/** What the passes need to know of the emulator; QEMU's capabilities as probed have all of it. */
export interface EmulatorCapabilities {
  /** Path of the emulator. */
  readonly binary: string;
  /** Architecture of the guests that it runs, as QEMU names it. */
  readonly target: string;
  readonly machines: readonly {
    readonly name: string;
    /** The short name that stands for it today. */
    readonly alias?: string;
    readonly defaultCpuType?: string;
  }[];
  /** Every device model. */
  readonly devices: readonly string[];
}

/** Asks whether the emulator has a device; says no to everything when nothing is known of it. */
export function deviceTest(capabilities: EmulatorCapabilities | undefined): (device: string) => boolean {
  const devices = new Set(capabilities?.devices);
  return (device) => devices.has(device);
}
