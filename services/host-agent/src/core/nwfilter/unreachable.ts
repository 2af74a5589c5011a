/**
 * The answer to a packet that a filter rejects: "port unreachable", as iptables gives it where libvirt's rules reject, from the address
 * that the packet was for. Errors and groups are never answered (RFC 1122, 3.2.2; RFC 4443, 2.4).
 */
const ETHERNET_BYTES = 14;
const [IPV4, IPV6] = [0x0800, 0x86dd];
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const ICMP_BYTES = 8;
const HOPS = 64;
const ICMP = { protocol: 1, unreachable: 3, portUnreachable: 3, queries: [0, 8, 9, 10, 13, 14, 15, 16, 17, 18] } as const;
/** Of ICMPv6, types below 128 are errors. */
const ICMPV6 = { protocol: 58, unreachable: 1, portUnreachable: 4, firstQuery: 128 } as const;
/** Hop-by-hop options, routing, fragment, destination options: what stands behind them may be an error. */
const EXTENSIONS: readonly number[] = [0, 43, 44, 60];
/** How much of the packet comes back: of IPv4 its header and eight bytes, as of old; of IPv6 what is here, which is not much. */
const IPV4_QUOTED_BYTES = 8;

export interface RejectedPacket {
  /** 14 bytes of Ethernet. */
  readonly header: Buffer;
  readonly packet: Buffer;
}

/** As many bytes of a packet are enough to answer it: IPv6 with a header of TCP or UDP. */
export const enoughToAnswer = IPV6_BYTES + 40;

/** The whole frame, for the link that the packet came by. Undefined for what is not answered. */
export function unreachable({ header, packet }: RejectedPacket): Buffer | undefined {
  if (header.length < ETHERNET_BYTES || isGroup(header)) return undefined;
  const answer = { [IPV4]: overIpv4, [IPV6]: overIpv6 }[header.readUInt16BE(12)]?.(packet);
  return answer && Buffer.concat([header.subarray(6, 12), header.subarray(0, 6), header.subarray(12, 14), answer]);
}

/** Of a frame's destination. */
const isGroup = (header: Buffer): boolean => (header.readUInt8(0) & 1) !== 0;

function overIpv4(packet: Buffer): Buffer | undefined {
  if (packet.length < IPV4_BYTES) return undefined;
  const headerBytes = (packet.readUInt8(0) & 0x0f) * 4;
  const [source, destination] = [packet.subarray(12, 16), packet.subarray(16, 20)];
  const isLaterFragment = (packet.readUInt16BE(6) & 0x1fff) !== 0;
  if (isLaterFragment || packet.length < headerBytes + IPV4_QUOTED_BYTES || !isHost4(source) || !isHost4(destination)) return undefined;
  const isError = packet.readUInt8(9) === ICMP.protocol && !(ICMP.queries as readonly number[]).includes(packet.readUInt8(headerBytes));
  if (isError) return undefined;
  const quoted = packet.subarray(0, headerBytes + IPV4_QUOTED_BYTES);
  const message = Buffer.concat([Buffer.of(ICMP.unreachable, ICMP.portUnreachable, 0, 0, 0, 0, 0, 0), quoted]);
  message.writeUInt16BE(checksum(message), 2);
  const ip = Buffer.alloc(IPV4_BYTES);
  ip.writeUInt8(0x45, 0);
  // Precedence "internetwork control", as the kernel marks its own.
  ip.writeUInt8(0xc0, 1);
  ip.writeUInt16BE(IPV4_BYTES + message.length, 2);
  ip.writeUInt8(HOPS, 8);
  ip.writeUInt8(ICMP.protocol, 9);
  ip.set(destination, 12);
  ip.set(source, 16);
  ip.writeUInt16BE(checksum(ip), 10);
  return Buffer.concat([ip, message]);
}

/** Neither nobody's nor a group's nor everybody's. */
const isHost4 = (address: Buffer): boolean => address.readUInt32BE(0) !== 0 && address.readUInt8(0) < 224;

function overIpv6(packet: Buffer): Buffer | undefined {
  if (packet.length < IPV6_BYTES + ICMP_BYTES) return undefined;
  const [source, destination] = [packet.subarray(8, 24), packet.subarray(24, 40)];
  const next = packet.readUInt8(6);
  const isError = next === ICMPV6.protocol && packet.readUInt8(IPV6_BYTES) < ICMPV6.firstQuery;
  if (isError || EXTENSIONS.includes(next) || !isHost6(source) || !isHost6(destination)) return undefined;
  const message = Buffer.concat([Buffer.of(ICMPV6.unreachable, ICMPV6.portUnreachable, 0, 0, 0, 0, 0, 0), packet]);
  const ip = Buffer.alloc(IPV6_BYTES);
  ip.writeUInt8(0x60, 0);
  ip.writeUInt16BE(message.length, 4);
  ip.writeUInt8(ICMPV6.protocol, 6);
  ip.writeUInt8(HOPS, 7);
  ip.set(destination, 8);
  ip.set(source, 24);
  const pseudo = Buffer.concat([
    destination,
    source,
    Buffer.of(0, 0, message.length >> 8, message.length & 0xff, 0, 0, 0, ICMPV6.protocol),
  ]);
  message.writeUInt16BE(checksum(Buffer.concat([pseudo, message])), 2);
  return Buffer.concat([ip, message]);
}

const isHost6 = (address: Buffer): boolean => address.readUInt8(0) !== 0xff && address.some((octet) => octet !== 0);

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += at + 1 < bytes.length ? bytes.readUInt16BE(at) : bytes.readUInt8(at) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
