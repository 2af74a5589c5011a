/** IPv4 and IPv6 addresses as numbers: enough to compare, mask and write them. */
import type { Scalar } from '../model/scalar.js';

export interface IpAddress {
  readonly family: 'ipv4' | 'ipv6';
  readonly bits: bigint;
}

const widths = { ipv4: 32, ipv6: 128 } as const;

export function parseIp(given: string): IpAddress | undefined {
  const bits = given.includes(':') ? ipv6Bits(given) : ipv4Bits(given);
  return bits === undefined ? undefined : { family: given.includes(':') ? 'ipv6' : 'ipv4', bits };
}

/** inet_aton's forms: one to four parts in any base, the last one filling the rest. */
function ipv4Bits(given: string): bigint | undefined {
  const parts = given.split('.');
  if (parts.length > 4 || !parts.every((part) => /^(0[xX][0-9a-fA-F]+|[0-9]+)$/.test(part))) return undefined;
  const numbers = parts.map((part) => (/^0[0-7]+$/.test(part) ? parseInt(part, 8) : Number(part)));
  const last = numbers.pop() ?? 0;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  const head = numbers.reduce((sum, number, index) => sum + number * 256 ** (3 - index), 0);
  return BigInt(head + last);
}

function ipv6Bits(given: string): bigint | undefined {
  const groups = ipv6Groups(withoutDots(given));
  if (!groups?.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** An IPv4 address at the end becomes the two groups that it stands for. */
function withoutDots(given: string): string {
  const [, head = '', dotted = ''] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(given) ?? [];
  const tail = ipv4Bits(dotted);
  return dotted === '' || tail === undefined ? given : `${head}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`;
}

const GROUPS = 8;

/** All eight groups, the zeros that `::` stands for included. */
function ipv6Groups(given: string): readonly string[] | undefined {
  const halves = given.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [head = [], rest = [], ...more] = halves;
  const missing = GROUPS - head.length - rest.length;
  const wrong = halves.length === 2 ? missing < 1 : missing !== 0;
  return wrong || more.length > 0 ? undefined : [...head, ...Array.from({ length: missing }, () => '0'), ...rest];
}

export function formatIp({ family, bits }: IpAddress): string {
  if (family === 'ipv4') return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 0xffn)).join('.');
  if (bits >> 32n === 0xffffn) return `::ffff:${formatIp({ family: 'ipv4', bits: bits & 0xffff_ffffn })}`;
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - index * 16)) & 0xffffn).toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === '0' ? length + 1 : 0;
    if (length > best.length) best = { start: index - length + 1, length };
  }
  return best;
}

/** The address with all bits after the first `prefix` cleared. */
export function networkOf(address: IpAddress, prefix: number): IpAddress {
  const host = BigInt(widths[address.family] - prefix);
  return { ...address, bits: (address.bits >> host) << host };
}

/** The last address of the network. */
export function broadcastOf(address: IpAddress, prefix: number): IpAddress {
  const host = BigInt(widths[address.family] - prefix);
  return { ...address, bits: networkOf(address, prefix).bits | ((1n << host) - 1n) };
}

/** The number of leading ones, or undefined when ones follow a zero. */
export function prefixOfNetmask({ family, bits }: IpAddress): number | undefined {
  const written = bits.toString(2).padStart(widths[family], '0');
  return /^1*0*$/.test(written) ? written.lastIndexOf('1') + 1 : undefined;
}

function scalarOf(label: string, family: IpAddress['family'] | undefined): Scalar<string> {
  return {
    label,
    read: (given) => {
      const address = parseIp(given);
      return address && (family === undefined || address.family === family) ? formatIp(address) : undefined;
    },
    write: (value) => value,
  };
}

export const ip = scalarOf('IP address', undefined);
export const ipv4 = scalarOf('IPv4 address', 'ipv4');
