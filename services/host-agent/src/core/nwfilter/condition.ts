/** What a rule looks at, in nftables' words: the field is the expression, so that a condition is its own text but for the operator. */
import { parseIp, readMac } from '@virtbus/libvirt-xml';
import { Refused, refused } from './filter-rule.js';

export interface Condition {
  /** `ether saddr`, `ip daddr`, `@nh,48,16` … */
  readonly field: string;
  /** An address, a number, or a range `a-b`, ready to stand in a rule. */
  readonly value: string;
  /** Bits of the field that are looked at, where nftables has no prefix for it. */
  readonly mask?: string;
  readonly not?: boolean;
}

export const conditionText = ({ field, value, mask, not }: Condition): string => {
  const operator = not ? '!= ' : '';
  return mask === undefined ? `${field} ${operator}${value}` : `${field} & ${mask} ${not ? '!=' : '=='} ${value}`;
};

const invalid = (value: string, what: string): Refused => new Refused(refused('invalid', `'${value}' is not ${what}`));

/**
 * Values reach a program text, and variables are a user's words: each is taken apart and written anew. @throws Refused
 */
export function numberIn(value: string, max: number): number {
  const number = /^(?:0x[0-9a-f]+|\d+)$/i.test(value) ? Number(value) : NaN;
  if (!(number <= max)) throw invalid(value, `a number up to ${max}`);
  return number;
}

export function macIn(value: string): string {
  const mac = readMac(value);
  if (mac === undefined) throw invalid(value, 'a MAC address');
  return mac;
}

export function addressIn(value: string, family: 'ipv4' | 'ipv6'): string {
  if (parseIp(value)?.family !== family || !/^[0-9A-Fa-f:.]+$/.test(value))
    throw invalid(value, `an ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address`);
  return value;
}

export const bits = { ipv4: 32, ipv6: 128 } as const;

/** `address/prefix`, without the prefix when it is whole. A variable may hold a netmask. */
export function networkIn(value: string, mask: string | undefined, family: 'ipv4' | 'ipv6'): string {
  const address = addressIn(value, family);
  if (mask === undefined) return address;
  const prefix = prefixIn(mask, family);
  return prefix === bits[family] ? address : `${address}/${prefix}`;
}

function prefixIn(mask: string, family: 'ipv4' | 'ipv6'): number {
  const netmask = mask.includes('.') || mask.includes(':') ? parseIp(mask) : undefined;
  if (!netmask) return numberIn(mask, bits[family]);
  const ones = netmask.bits.toString(2).padStart(bits[family], '0');
  if (!/^1*0*$/.test(ones)) throw invalid(mask, 'a netmask');
  return ones.lastIndexOf('1') + 1;
}

/** `a` or `a-b`. */
export function rangeIn(from: string, to: string | undefined, max: number): string {
  const first = numberIn(from, max);
  const last = to === undefined ? first : numberIn(to, max);
  if (last < first) throw invalid(`${from}-${to}`, 'a range');
  return first === last ? String(first) : `${first}-${last}`;
}

/** Both masked, as the kernel's comparison wants them. */
export function maskedMac(value: string, mask: string | undefined): { readonly value: string; readonly mask?: string } {
  const [address, bitsOf] = [macIn(value), mask === undefined ? undefined : macIn(mask)];
  if (bitsOf === undefined || bitsOf === 'ff:ff:ff:ff:ff:ff') return { value: address };
  const octets = bitsOf.split(':').map((octet) => parseInt(octet, 16));
  const masked = address.split(':').map((octet, index) => (parseInt(octet, 16) & (octets[index] ?? 0)).toString(16).padStart(2, '0'));
  return { value: masked.join(':'), mask: bitsOf };
}

export const asHex = (value: bigint | number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;
