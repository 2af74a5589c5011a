import type { NetDef } from '../devices/interface/interface.js';
import { LibvirtError } from '../errors/libvirt-error.js';

interface Rate {
  readonly average?: number;
  readonly peak?: number;
  readonly burst?: number;
  readonly floor?: number;
}

/** New limits of an interface, each direction as a whole: one that is left out stays, one of nothing but zeroes has no limit any more. */
export interface InterfaceTuning {
  readonly inbound?: Rate;
  readonly outbound?: Rate;
}

/** Whether it has this MAC address, or this name of its link on the host. */
export const isNamedInterface = ({ mac, target }: NetDef, device: string): boolean =>
  mac?.address.toLowerCase() === device.toLowerCase() || target?.dev === device;

/**
 * The place in the list of the interface with this name.
 * @throws LibvirtError 8 when there is none
 */
export function namedInterface(interfaces: readonly NetDef[], device: string): number {
  const at = interfaces.findIndex((net) => isNamedInterface(net, device));
  if (at === -1) throw new LibvirtError('INVALID_ARG', `'${device}' is not a known interface`, { domain: 10 });
  return at;
}

/** The same interface with other limits. */
export function tunedInterface(net: NetDef, tuning: InterfaceTuning): NetDef {
  const { bandwidth, ...rest } = net;
  const inbound = tuning.inbound ? limitOf(tuning.inbound) : bandwidth?.inbound;
  const outbound = tuning.outbound ? limitOf(tuning.outbound) : bandwidth?.outbound;
  return inbound || outbound ? { ...rest, bandwidth: { ...(inbound && { inbound }), ...(outbound && { outbound }) } } : rest;
}

/** libvirt drops a limit without an average or a floor, whatever else it says. */
function limitOf(rate: Rate): Rate | undefined {
  const { average = 0, floor = 0 } = rate;
  return average + floor === 0 ? undefined : Object.fromEntries(Object.entries(rate).filter(([, value]) => value > 0));
}
