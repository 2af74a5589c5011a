/**
 * Values of a rule's attributes, kept as text in libvirt's normal form. Each may be a variable instead, such as `$IP` or `$PORTS[@1]`,
 * that gets its value when the filter is applied to an interface (libvirt `formatnwfilter`, "Using variables in filters").
 */
import type { Scalar } from '../model/scalar.js';
import { formatIp, parseIp, prefixOfNetmask, type IpAddress } from '../formats/ip.js';
import { readMac } from '../formats/mac.js';

/** How a variable's list of values is gone through. */
export type VariableAccess =
  | { readonly name: string; readonly type: 'element'; readonly index: number }
  /** Variables of one iterator go on together; those of different ones in all combinations. */
  | { readonly name: string; readonly type: 'iterator'; readonly iterator: number };

const variableText = /^\$([A-Za-z0-9_]*)(?:\[ *(@?) *(\d+) *\])? *$/;

/** What a text says when it names a variable; undefined for a plain value. Without an index it is iterator 0. */
export function readVariable(given: string): VariableAccess | undefined {
  const [, name, at, number] = variableText.exec(given) ?? [];
  if (name === undefined) return undefined;
  if (number !== undefined && at === '') return { name, type: 'element', index: Number(number) };
  return { name, type: 'iterator', iterator: Number(number ?? 0) };
}

function variable(given: string): string | undefined {
  const [, name, at, number] = variableText.exec(given) ?? [];
  if (name === undefined) return undefined;
  // The first iterator is the one that goes without saying.
  const plainly = number === undefined || (at === '@' && Number(number) === 0);
  return plainly ? `$${name}` : `$${name}[${at}${Number(number)}]`;
}

const orVariable = (label: string, read: (given: string) => string | undefined): Scalar<string> => ({
  label: `${label}, or $variable`,
  read: (given) => (given.startsWith('$') ? variable(given) : read(given)),
  write: (value) => value,
});

const plain = (label: string, read: (given: string) => string | undefined): Scalar<string> => ({ label, read, write: (value) => value });

/** Digits as libvirt takes them: blanks before, `0x` for hexadecimal, which is kept. */
function digits(given: string, max: number, min = 0): { readonly value: number; readonly text: string } | undefined {
  const [, written = ''] = /^\s*(0[xX][0-9a-fA-F]+|[0-9]+)$/.exec(given) ?? [];
  const value = Number(written);
  if (written === '' || value < min || value > max) return undefined;
  return { value, text: /^0[xX]/.test(written) ? `0x${value.toString(16)}` : String(value) };
}

const numberUpTo = (max: number): Scalar<string> => orVariable(`0 to ${max}`, (given) => digits(given, max)?.text);

export const uint8 = numberUpTo(0xff);
export const uint16 = numberUpTo(0xffff);
export const uint32 = numberUpTo(0xffff_ffff);
export const sixBits = numberUpTo(63);
export const vlanId = numberUpTo(4095);

/** Names that stand for numbers, as libvirt writes them. */
type Names = Readonly<Record<string, number>>;

const numberOrName = (names: Names, max: number, min = 0): Scalar<string> =>
  orVariable(`${Object.keys(names).join(', ')}, or ${min} to ${max}`, (given) => {
    const named = Object.keys(names).find((name) => name.toLowerCase() === given.toLowerCase());
    if (named !== undefined) return named;
    const number = digits(given, max, min);
    return number && (Object.keys(names).find((name) => names[name] === number.value) ?? number.text);
  });

export const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd, arp: 0x0806, rarp: 0x8035, vlan: 0x8100 } as const;

const FIRST_ETHERTYPE = 0x600;
export const protocolId = numberOrName(etherTypes, 0xffff, FIRST_ETHERTYPE);

export const ipProtocols = {
  tcp: 6,
  udp: 17,
  udplite: 136,
  esp: 50,
  ah: 51,
  icmp: 1,
  igmp: 2,
  sctp: 132,
  icmpv6: 58,
} as const;
export const ipProtocol = numberOrName(ipProtocols, 0xff);

export const arpOpcodes = {
  Request: 1,
  Reply: 2,
  Request_Reverse: 3,
  Reply_Reverse: 4,
  DRARP_Request: 5,
  DRARP_Reply: 6,
  DRARP_Error: 7,
  InARP_Request: 8,
  ARP_NAK: 9,
} as const;
export const arpOpcode = numberOrName(arpOpcodes, 0xffff);

export const macAddress = orVariable('MAC address', readMac);

function addressOf(given: string, family: IpAddress['family']): string | undefined {
  const address = parseIp(given);
  return address?.family === family ? formatIp(address) : undefined;
}

/** A netmask becomes the number of its ones. */
function maskOf(given: string, family: IpAddress['family'], bits: number): string | undefined {
  if (/^\d+$/.test(given)) return Number(given) <= bits ? String(Number(given)) : undefined;
  const address = parseIp(given);
  const prefix = address?.family === family ? prefixOfNetmask(address) : undefined;
  return prefix === undefined ? undefined : String(prefix);
}

export const ipv4Address = orVariable('IPv4 address', (given) => addressOf(given, 'ipv4'));
export const ipv6Address = orVariable('IPv6 address', (given) => addressOf(given, 'ipv6'));
export const ipv4Mask = orVariable('0 to 32 or netmask', (given) => maskOf(given, 'ipv4', 32));
export const ipv6Mask = orVariable('0 to 128 or netmask', (given) => maskOf(given, 'ipv6', 128));

/** What is not a yes is a no. */
export const trueFalse = plain('yes | true | 1, else no', (given) => String(['yes', 'true', '1'].includes(given.toLowerCase())));

function setOf(given: string, known: readonly string[]): ReadonlySet<string> | undefined {
  const words = given
    .toUpperCase()
    .split(',')
    .filter((word) => word !== '');
  return words.every((word) => known.includes(word)) ? new Set(words) : undefined;
}

const states = ['NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'NONE'] as const;

/** States of a connection. NONE means that no state is looked at, and outweighs the others. */
export const connectionState = plain('NEW, ESTABLISHED, RELATED, INVALID, or NONE', (given) => {
  const named = setOf(given, states);
  if (!named) return undefined;
  return named.has('NONE') ? 'NONE' : states.filter((state) => named.has(state)).join(',');
});

const flags = ['SYN', 'ACK', 'URG', 'PSH', 'FIN', 'RST'] as const;

function flagWords(given: string): string | undefined {
  const named = setOf(given, [...flags, 'ALL', 'NONE']);
  if (!named) return undefined;
  const set = flags.filter((word) => named.has(word) || named.has('ALL'));
  if (set.length === 0) return 'NONE';
  return set.length === flags.length ? 'ALL' : set.join(',');
}

/** Flags that are looked at, then those of them that must be set. */
export const tcpFlags = plain('flags looked at/flags set, such as SYN,ACK/SYN', (given) => {
  const halves = given.split('/').map(flagWords);
  return halves.length === 2 && !halves.includes(undefined) ? halves.join('/') : undefined;
});

export const ipsetName = orVariable('name of an ipset', (given) => (/^[A-Za-z0-9_.:\-+ ]{1,31}$/.test(given) ? given : undefined));
export const ipsetFlags = plain('src or dst, up to six', (given) =>
  /^(?:src|dst)(?:,(?:src|dst)){0,5}$/i.test(given) ? given.toLowerCase() : undefined,
);

const COMMENT_MAX = 256;
export const comment = plain(`text of at most ${COMMENT_MAX} characters`, (given) => given.slice(0, COMMENT_MAX));

/** Only an explicit no is kept. */
export const match = plain('no, else yes', (given) => (given === 'no' ? 'no' : 'yes'));
