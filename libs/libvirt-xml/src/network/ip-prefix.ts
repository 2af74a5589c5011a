import { parseIp, prefixOfNetmask } from '../formats/ip.js';

/** An address and what it says of its network's size. */
export interface Masked {
  readonly address: string;
  readonly netmask?: string;
  readonly prefix?: number;
}

/** Leading network bits: as given, else the address class's (IPv4) or 64 (IPv6). */
export function effectivePrefix({ address, netmask, prefix }: Masked): number {
  const mask = netmask === undefined ? undefined : parseIp(netmask);
  const given = mask ? prefixOfNetmask(mask) : prefix;
  if (given !== undefined) return given;
  const parsed = parseIp(address);
  if (parsed?.family === 'ipv6') return 64;
  const first = Number((parsed?.bits ?? 0n) >> 24n);
  return first < 128 ? 8 : first < 192 ? 16 : 24;
}
