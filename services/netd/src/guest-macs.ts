import { defined, type FollowGuestMac, type PortKey, type PortRecord } from '@virtbus/contracts';
import { macInUse, noPort, notTrusted, staleEpoch } from './port-refusals.js';
import type { Ledger } from './ports.js';

/**
 * MAC addresses that trusted guests have given their cards. Each is refused that somebody on the network has, as far as netd has heard:
 * two that take one within the same few milliseconds are not told apart.
 */
export class GuestMacs {
  constructor(private readonly ledger: Ledger) {}

  /**
   * The guest of a port has another MAC address from now on.
   * @throws Refusal no_network_port, stale_epoch, operation_invalid (not trusted), mac_in_use
   */
  async follow(request: FollowGuestMac): Promise<void> {
    const { domain, epoch, networkUuid, guestMac } = request;
    const held = await this.ledger.read(request);
    if (held?.value.domain !== domain) throw noPort(request);
    const { guestMac: before, ...port } = held.value;
    if (port.epoch > epoch) throw staleEpoch(port.domainName, epoch);
    if (guestMac === (before ?? port.mac)) return undefined;
    const isOwn = guestMac === port.mac;
    if (!isOwn) await this.refuse({ networkUuid, mac: guestMac }, port);
    const written = await this.ledger.replace(isOwn ? port : { ...port, guestMac }, held.revision);
    return written === undefined ? this.follow(request) : undefined;
  }

  /** Another port's guest that has this port's MAC. */
  holderOf(port: PortKey): PortRecord | undefined {
    const holder = this.ledger.guestWith(port);
    return holder?.mac === port.mac ? undefined : holder;
  }

  private async refuse(wanted: PortKey, port: PortRecord): Promise<void> {
    if (!port.actual.trustGuestRxFilters) throw notTrusted(port);
    const holder = this.ledger.guestWith(wanted) ?? (await this.ledger.read(wanted))?.value;
    if (holder && holder.mac !== port.mac) throw macInUse(holder, wanted.mac);
  }
}

/** A guest that runs on keeps the MAC that it has given itself, when its port is resolved anew. */
export function keepingGuest({ epoch, guestMac }: PortRecord, port: PortRecord): PortRecord {
  return epoch === port.epoch && port.actual.trustGuestRxFilters ? { ...port, ...defined({ guestMac }) } : port;
}
