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
    /** How many virtual processors the machine takes. */
    readonly cpuMax?: number;
  }[];
  /** Every device model. */
  readonly devices: readonly string[];
}

type DeviceTest = (device: string) => boolean;

/** An emulator has hundreds of devices, and is asked about by many definitions. */
const tests = new WeakMap<EmulatorCapabilities, DeviceTest>();

/** Asks whether the emulator has a device; says no to everything when nothing is known of it. */
export function deviceTest(capabilities: EmulatorCapabilities | undefined): DeviceTest {
  if (!capabilities) return () => false;
  const known = tests.get(capabilities);
  if (known) return known;
  const devices = new Set(capabilities.devices);
  const test: DeviceTest = (device) => devices.has(device);
  tests.set(capabilities, test);
  return test;
}
