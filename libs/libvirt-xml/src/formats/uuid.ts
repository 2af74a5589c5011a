import type { Scalar } from '../model/scalar.js';

/** 32 hexadecimal digits with hyphens anywhere between pairs; written in the usual form. */
export function readUuid(given: string): string | undefined {
  const digits = given.trim().replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(digits) || given.trim().startsWith('-')) return undefined;
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join('-');
}

export const uuid: Scalar<string> = { label: 'UUID', read: readUuid, write: (value) => value };
