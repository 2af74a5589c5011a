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
  network_in_use: { libvirtCode: 1 },
  firewall_failed: { libvirtCode: 1 },
  dnsmasq_failed: { libvirtCode: 1 },
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
