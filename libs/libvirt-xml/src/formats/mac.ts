import type { Scalar } from '../model/scalar.js';

/** Six groups of one or two hexadecimal digits; written in lower case with leading zeros. */
export function readMac(given: string): string | undefined {
  if (!/^\s*([0-9a-fA-F]{1,2}:){5}[0-9a-fA-F]{1,2}$/.test(given)) return undefined;
  return given
    .trim()
    .split(':')
    .map((group) => group.toLowerCase().padStart(2, '0'))
    .join(':');
}

/** A group address: the lowest bit of the first octet. */
export const isMulticast = (mac: string): boolean => (parseInt(mac.split(':')[0] ?? '', 16) & 1) === 1;

/** A MAC address that stays as it was written. */
export const writtenMac: Scalar<string> = {
  label: 'MAC address',
  read: (given) => (readMac(given) === undefined ? undefined : given),
  write: (value) => value,
};

export const mac: Scalar<string> = { label: 'MAC address', read: readMac, write: (value) => value };
