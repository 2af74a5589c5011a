import type { Scalar } from '../model/scalar.js';

const CPU_MAX = 16383;

interface Part {
  readonly excluded: boolean;
  readonly first: number;
  readonly last: number;
}

/** The numbers of a set such as `0-3,^2,8`, in order; undefined when it is no such set. */
export function parseCpuset(given: string): readonly number[] | undefined {
  const numbers = new Set<number>();
  for (const written of given.trim().split(',')) {
    const part = parsePart(written);
    if (!part || (part.excluded && !numbers.delete(part.first))) return undefined;
    for (let number = part.first; number <= part.last && !part.excluded; number += 1) numbers.add(number);
  }
  return [...numbers].toSorted((a, b) => a - b);
}

function parsePart(written: string): Part | undefined {
  const [, caret, from = '', to] = /^\s*(\^?)\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(written) ?? [];
  const part = { excluded: caret === '^', first: Number(from), last: Number(to ?? from) };
  const wrong = from === '' || part.last < part.first || part.last > CPU_MAX || (part.excluded && to !== undefined);
  return wrong ? undefined : part;
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
