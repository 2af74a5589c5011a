import { SystemError } from '@virtbus/libc';

/**
 * Why an effect on this host's links was refused or failed. `libvirtCode` is libvirt's error number (virErrorNumber) for the same
 * mishap, for clients that speak libvirt.
 */
export const linkFaults = {
  tap_exists: { libvirtCode: 55 },
  tap_missing: { libvirtCode: 38 },
  name_invalid: { libvirtCode: 38 },
  names_exhausted: { libvirtCode: 1 },
  bridge_missing: { libvirtCode: 38 },
  bridge_foreign: { libvirtCode: 38 },
  bridge_full: { libvirtCode: 38 },
  network_in_use: { libvirtCode: 1 },
  ipv6_forwarding_unsafe: { libvirtCode: 1 },
  firewall_failed: { libvirtCode: 1 },
  dnsmasq_failed: { libvirtCode: 1 },
  passt_failed: { libvirtCode: 1 },
  link_missing: { libvirtCode: 38 },
  link_busy: { libvirtCode: 55 },
  device_missing: { libvirtCode: 38 },
  device_busy: { libvirtCode: 55 },
  device_offline: { libvirtCode: 1 },
  device_unsupported: { libvirtCode: 67 },
  script_failed: { libvirtCode: 1 },
  unsupported: { libvirtCode: 67 },
  system: { libvirtCode: 38 },
} as const satisfies Record<string, { readonly libvirtCode: number }>;

export type LinkFault = keyof typeof linkFaults;

export class LinkError extends Error {
  override readonly name = 'LinkError';

  constructor(
    readonly code: LinkFault,
    /** What was being done to what, and why it did not happen: one sentence. */
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get libvirtCode(): number {
    return linkFaults[this.code].libvirtCode;
  }
}

/**
 * Runs one step and says, when it fails, what was being done: "attach vnet3 to virbr0". What the system refuses becomes a LinkError
 * with the refusal as its cause; anything else is a bug and passes.
 */
export function step<T>(doing: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw failed(doing, error);
  }
}

/** The same for a step that takes time. */
export async function stepAsync<T>(doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw failed(doing, error);
  }
}

function failed(doing: string, error: unknown): unknown {
  const refused = error instanceof SystemError || error instanceof RangeError || (error instanceof Error && 'syscall' in error);
  return refused ? new LinkError('system', `cannot ${doing}: ${error.message}`, { cause: error }) : error;
}
