import { Refusal } from '@virtbus/contracts';
import type { QemuCapabilities } from '@virtbus/qemu-argv';

/** What `<emulator>` may name: the places where distributions put QEMU. Anything else would be a program of the sender's choice. */
const KNOWN = ['/usr/bin/qemu-system-x86_64', '/usr/bin/qemu-kvm', '/usr/libexec/qemu-kvm', '/usr/bin/kvm'];

export const DEFAULT_EMULATOR = '/usr/bin/qemu-system-x86_64';

interface Capabilities {
  of(binary: string): Promise<QemuCapabilities>;
}

/** The QEMU binaries that this host offers: the usual ones, and those that its operator names (`VIRTBUS_EMULATORS`, colon-separated). */
export class Emulators {
  private readonly offered: ReadonlySet<string>;

  constructor(
    private readonly capabilities: Capabilities,
    named: readonly string[],
  ) {
    this.offered = new Set([...KNOWN, ...named]);
  }

  /** @throws Refusal config_unsupported; LaunchFailed when the binary cannot be run */
  async of(emulator: string = DEFAULT_EMULATOR): Promise<QemuCapabilities> {
    if (!this.offered.has(emulator)) {
      throw new Refusal(
        'config_unsupported',
        `unsupported configuration: this host does not offer the emulator '${emulator}' (VIRTBUS_EMULATORS adds one)`,
        {
          path: '/domain/devices/emulator',
        },
      );
    }
    return this.capabilities.of(emulator);
  }
}
