/** Packets that tell two firewalls of a network apart, and what a firewall does with each. */
import { broadcastOf, effectivePrefix, formatIp, networkOf, parseIp, type IpAddress, type NetworkDef } from '@virtbus/libvirt-xml';

/** What is not understood must not pass for the same. */
export class UnknownWords extends Error {
  override readonly name = 'UnknownWords';
}

export type Hook = 'input' | 'output' | 'forward' | 'postrouting';

export interface Packet {
  readonly hook: Hook;
  /** Link that it came by; none on its way out of the host. */
  readonly from?: string;
  readonly to?: string;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly port: number;
  readonly state: 'new' | 'established';
}

/** One rule, whatever the language that it was written in. */
export interface Rule {
  readonly hook: Hook;
  matches(packet: Packet): boolean;
  /** `accept`, `reject`, `return`, `masquerade 1024-65535` … */
  readonly verdict: string;
}

/** What the first rule that looks at a packet does with it; nothing when none does. */
export const verdictOf = (rules: readonly Rule[], packet: Packet): string =>
  rules.find((rule) => rule.hook === packet.hook && rule.matches(packet))?.verdict.replace('return', 'nothing') ?? 'nothing';

/** @param cidr an address, or a network such as 10.0.0.1/24 */
export function isIn(address: IpAddress, cidr: string): boolean {
  const [text = '', prefix] = cidr.split('/');
  const whole = parseIp(text);
  if (!whole || whole.family !== address.family) return false;
  const length = prefix === undefined ? (whole.family === 'ipv4' ? 32 : 128) : Number(prefix);
  return networkOf(whole, length).bits === networkOf(address, length).bits;
}

const ip = (text: string): IpAddress => parseIp(text) ?? { family: 'ipv4', bits: 0n };

const outside = { ipv4: '198.51.100.9', ipv6: '2001:db8:ffff::9' } as const;
const toMany = { ipv4: ['224.0.0.5', '255.255.255.255'], ipv6: ['ff02::5'] } as const;

/** A guest of each of the network's addresses, somebody elsewhere, and everybody. */
function addressesOf(network: NetworkDef): readonly IpAddress[] {
  const guests = network.ip.map((one) => {
    const last = broadcastOf(ip(one.address), effectivePrefix(one));
    return { ...last, bits: last.bits - 1n };
  });
  return [...guests, ...(['ipv4', 'ipv6'] as const).flatMap((family) => [outside[family], ...toMany[family]].map(ip))];
}

const PORTS = [22, 53, 67, 68, 69, 546, 547];
const protocols = ['tcp', 'udp', 'icmp'] as const;
const states = ['new', 'established'] as const;
const hooks = ['input', 'output', 'forward', 'postrouting'] as const;

export function packetsFor(network: NetworkDef): readonly Packet[] {
  const links = [network.bridge?.name ?? '', 'elsewhere', ...(network.forward?.dev === undefined ? [] : [network.forward.dev])];
  const addresses = addressesOf(network);
  const pairs = addresses.flatMap((source) =>
    addresses.flatMap((destination) => (source.family === destination.family ? [{ source, destination }] : [])),
  );
  const kinds = protocols.flatMap((protocol) =>
    (protocol === 'icmp' ? [0] : PORTS).flatMap((port) => states.map((state) => ({ protocol, port, state }))),
  );
  return hooks.flatMap((hook) =>
    waysOf(hook, links).flatMap((way) => pairs.flatMap((pair) => kinds.map((kind): Packet => ({ hook, ...way, ...pair, ...kind })))),
  );
}

function waysOf(hook: Hook, links: readonly string[]): readonly { readonly from?: string; readonly to?: string }[] {
  if (hook === 'input') return links.map((from) => ({ from }));
  if (hook !== 'forward') return links.map((to) => ({ to }));
  return links.flatMap((from) => links.map((to) => ({ from, to })));
}

export function wordsOf({ hook, from, to, source, destination, protocol, port, state }: Packet): string {
  const way = [from && `from ${from}`, to && `to ${to}`].filter(Boolean).join(' ');
  return `${hook} ${way}: ${protocol} ${formatIp(source)} to ${formatIp(destination)} port ${port}, ${state}`;
}
