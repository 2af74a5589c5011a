import type { Port } from '@virtbus/contracts';
import type { NetDef } from '@virtbus/libvirt-xml';
import type { Made } from './interface-record.js';

interface Followed {
  readonly mac: string;
  readonly made?: Made;
}

/** The address that a trusted guest has given its card; the defined one until it does. */
export const guestMacOf = ({ mac, made }: Followed): string => (typeof made?.['guestMac'] === 'string' ? made['guestMac'] : mac);

/** Whether the host follows what the guest does with its card: as its network has granted, else as the interface says. */
export const isTrusted = ({ net, port }: { readonly net: NetDef; readonly port?: Port }): boolean =>
  port ? port.actual.trustGuestRxFilters : net.trustGuestRxFilters === true;
