/** What a guest's network interface asks of the tap behind it. */

/** The models whose QEMU device understands a virtio-net header on every packet; all others would take it for payload. */
const vnetHdrModels: ReadonlySet<string> = new Set(['virtio', 'virtio-transitional', 'virtio-non-transitional', 'e1000e', 'vmxnet3']);

/** Whether a tap for this model gets IFF_VNET_HDR. The model is compared without regard to case. */
export const needsVnetHdr = (model: string | undefined): boolean => model !== undefined && vnetHdrModels.has(model.toLowerCase());

/**
 * The MAC of the tap itself: the guest's under `fe`, or under `fa` where the guest's begins with `fe`. A bridge without a MAC of its
 * own takes the lowest of its ports', so the tap's is high; and the host must not own the guest's.
 */
export function tapMac(guestMac: string): string {
  const mac = guestMac.toLowerCase();
  return `${mac.startsWith('fe:') ? 'fa' : 'fe'}${mac.slice(2)}`;
}
