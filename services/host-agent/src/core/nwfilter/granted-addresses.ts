import type { Port, PortAddress } from '@virtbus/contracts';

type PortKey = Pick<Port, 'networkUuid' | 'mac'>;

/** How long a guest may go on with an address that it no longer has: dnsmasq's lease, where nobody names another. Milliseconds. */
export const FORMER_MS = 3_600_000;

interface Heard {
  readonly addresses: readonly PortAddress[];
  readonly at: number;
}

const keyOf = ({ networkUuid, mac }: PortKey): string => `${networkUuid} ${mac}`;
const asText = (addresses: readonly PortAddress[]): string =>
  addresses
    .map(({ family, address }) => `${family} ${address}`)
    .toSorted()
    .join();

/** Which addresses netd has given to ports of this host by now: it may give a guest that runs another one. */
export class GrantedAddresses {
  private readonly heard = new Map<string, Heard>();

  /** Answers whether the port now has others than were known. */
  hear(port: Port, addresses: readonly PortAddress[], now: number): boolean {
    const before = this.heard.get(keyOf(port))?.addresses ?? port.addresses ?? [];
    if (asText(before) === asText(addresses)) return false;
    this.heard.set(keyOf(port), { addresses, at: now });
    return true;
  }

  /** The port with the addresses that its guest may use: what it has, and for a while what it had when it started. */
  allowed(port: Port, now: number): Port {
    const heard = this.heard.get(keyOf(port));
    if (!heard) return port;
    const former = now - heard.at < FORMER_MS ? (port.addresses ?? []) : [];
    const added = former.filter(({ address }) => heard.addresses.every((one) => one.address !== address));
    return { ...port, addresses: [...heard.addresses, ...added] };
  }

  forget(port: PortKey): void {
    this.heard.delete(keyOf(port));
  }
}
