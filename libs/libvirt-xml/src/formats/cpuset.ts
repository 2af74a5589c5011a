import type { Scalar } from '../model/scalar.js';

/** The numbers of a set such as `0-3,^2,8`, in order; undefined when it is no such set. */
export function parseCpuset(given: string): readonly number[] | undefined {
  const numbers = new Set<number>();
  for (const part of given.trim().split(',')) {
    const match = /^\s*(\^?)\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(part);
    if (!match) return undefined;
    const first = Number(match[2]);
    const last = match[3] === undefined ? first : Number(match[3]);
    if (last < first || last > 16383 || (match[1] === '^' && match[3] !== undefined)) return undefined;
    if (match[1] === '^') {
      if (!numbers.delete(first)) return undefined;
      continue;
    }
    for (let number = first; number <= last; number += 1) numbers.add(number);
  }
  return [...numbers].toSorted((a, b) => a - b);
}

/** Numbers in order as `0-3,8`. */
export function formatCpuset(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/** A set of numbers, kept in libvirt's shortest writing. */
export const cpuset: Scalar<string> = {
  label: 'set such as 0-3,^2',
  read: (given) => {
    const numbers = parseCpuset(given);
    return numbers && formatCpuset(numbers);
  },
  write: (value) => value,
};
