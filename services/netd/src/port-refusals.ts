import type { NetworkDef } from '@virtbus/libvirt-xml';
import { Refusal, type PortKey, type PortRecord, type PortRequest } from '@virtbus/contracts';

/** @throws Refusal mac_in_use */
export function refuseRepeatedMacs(ports: readonly PortRequest[]): void {
  const seen = new Set<string>();
  for (const { network, mac } of ports) {
    const key = `${mac} ${network}`;
    if (seen.has(key)) {
      throw new Refusal(
        'mac_in_use',
        `Requested operation is not valid: two interfaces of the domain have MAC address ${mac} on network '${network}'`,
      );
    }
    seen.add(key);
  }
}

export const staleEpoch = (domain: string, epoch: number): Refusal =>
  new Refusal('stale_epoch', `Requested operation is not valid: domain '${domain}' has been placed anew since epoch ${epoch}`);

export const noPort = ({ mac, networkUuid }: PortKey): Refusal =>
  new Refusal('no_network_port', `Network port not found: no port of MAC address ${mac} on network ${networkUuid}`);

export const macInUse = (by: PortRecord, mac = by.mac): Refusal =>
  new Refusal('mac_in_use', `Requested operation is not valid: MAC address ${mac} is in use on network '${by.network}' by ${holderOf(by)}`);

/** Who holds a port, and of one by hand how it is given back. */
const holderOf = ({ id, network, domainName, byHand }: PortRecord): string =>
  byHand
    ? `port ${id}, which was made by hand for '${byHand.owner.name}': net-port-delete ${network} ${id} gives it back`
    : `domain '${domainName}'`;

/** As libvirt says it: some of it twice. */
export const portExists = (id: string): Refusal =>
  new Refusal('network_port_exists', `network port Network port with UUID ${id} already exists exists already`);

/** What is plugged already is not what the network would grant. */
export const notReclaimed = (words: string): Refusal =>
  new Refusal('operation_failed', `internal error: ${words}`, { libvirt: 1, domain: 19 });

/** Of the network's bridge on every host: whoever had it would take what is for the hosts. @throws Refusal mac_in_use */
export function refuseBridgeMac({ name, mac: own }: NetworkDef, mac: string): void {
  if (own?.address.toLowerCase() !== mac) return;
  throw new Refusal('mac_in_use', `Requested operation is not valid: MAC address ${mac} is that of the bridge of network '${name}'`);
}

export const notTrusted = ({ domainName, mac }: PortRecord): Refusal =>
  new Refusal('operation_invalid', `Requested operation is not valid: the guest of domain '${domainName}' is not trusted to change ${mac}`);
