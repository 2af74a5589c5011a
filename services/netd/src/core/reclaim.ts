/** A port that is plugged already, as after a restart of whoever plugged it: only what the network would grant anew may be claimed again. */
import type { ActualNetDef, PortPlug } from '@virtbus/contracts';

export type Reclaimed =
  /** With the device that the network must lend, where it lends devices. */
  | { readonly type: 'granted'; readonly device?: string }
  /** In libvirt's words. */
  | { readonly type: 'refused'; readonly words: string };

const granted = { type: 'granted' } as const;
const refused = (words: string): Reclaimed => ({ type: 'refused', words });

export function reclaim(
  plug: PortPlug,
  actual: ActualNetDef,
  { id, network }: { readonly id: string; readonly network: string },
): Reclaimed {
  const device = plug.dev ?? plug.pciAddress;
  if (device === undefined && actual.bridge === undefined) return refused('Unexpectedly got a network port without a network bridge');
  const isSame = plug.type === actual.type && plug.bridge === actual.bridge;
  if (isSame) return device === undefined ? granted : { ...granted, device };
  const lent = device === undefined ? `bridge='${plug.bridge ?? ''}'` : `dev='${device}'`;
  return refused(`network '${network}' doesn't have ${lent} in use by network port '${id}'`);
}
