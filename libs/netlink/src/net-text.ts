import { AF_INET, AF_INET6 } from './constants.js';
import { isIPv4, isIPv6 } from 'node:net';

/** MAC and IP addresses between text and the bytes that netlink carries. */

export type Family = 'ipv4' | 'ipv6';

export const familyNumber = (family: Family): number => (family === 'ipv4' ? AF_INET : AF_INET6);

export function familyName(number: number): Family | undefined {
  if (number === AF_INET) return 'ipv4';
  return number === AF_INET6 ? 'ipv6' : undefined;
}

const macText = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;

/** @throws RangeError when the text is not six octets with colons */
export function parseMac(text: string): Uint8Array {
  if (!macText.test(text)) throw new RangeError(`${JSON.stringify(text)} is not a MAC address`);
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}

/** Lower case with colons; links without a six-octet address read as undefined. */
export const formatMac = (bytes: Uint8Array | undefined): string | undefined =>
  bytes?.length === 6 ? Array.from(bytes, (octet) => octet.toString(16).padStart(2, '0')).join(':') : undefined;

/** Four or sixteen bytes. @throws RangeError when the text is not an address of that family */
export function parseAddress(family: Family, text: string): Uint8Array {
  if (family === 'ipv4' && isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (family === 'ipv6' && isIPv6(text) && !text.includes('%')) return parseIpv6(text);
  throw new RangeError(`${JSON.stringify(text)} is not an ${family} address`);
}

function parseIpv6(text: string): Uint8Array {
  const [head = '', tail] = withoutDottedTail(text).split('::');
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const words = tail === undefined ? front : [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));

/** `::ffff:1.2.3.4` is `::ffff:102:304`. */
function withoutDottedTail(text: string): string {
  return text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
}

/** IPv4 dotted, IPv6 as RFC 5952 writes it. Another length reads as undefined. */
export function formatAddress(bytes: Uint8Array | undefined): string | undefined {
  if (bytes?.length === 4) return bytes.join('.');
  return bytes?.length === 16 ? formatIpv6(bytes) : undefined;
}

function formatIpv6(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, index) => (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16));
  const run = longestZeroRun(words);
  if (run.length < 2) return words.join(':');
  return `${words.slice(0, run.start).join(':')}::${words.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(words: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  words.forEach((word, index) => {
    if (word !== '0') start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}

/** The network that an address lies in: its bits beyond the prefix cleared. @throws RangeError */
export function networkOf(family: Family, address: string, prefix: number): string {
  const bytes = parseAddress(family, address).map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix - index * 8));
    return byte & (0xff << (8 - kept));
  });
  return formatAddress(bytes) ?? address;
}

/** The last address of an IPv4 network, to which its broadcasts go. @throws RangeError */
export function broadcastOf(address: string, prefix: number): Uint8Array {
  return parseAddress('ipv4', address).map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefix - index * 8));
    return byte | (0xff >> kept);
  });
}
