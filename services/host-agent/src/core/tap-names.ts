/**
 * Names of taps as libvirt gives them: `vnet0`, `vnet1`, … from a counter per prefix that only rises, so that a name is not given
 * again soon after its tap is gone and nothing that still speaks of the old one hits the new one.
 */

/** The number last given, per prefix; a prefix that is absent has given none. The caller keeps this value across restarts. */
export type TapCounters = Readonly<Record<string, number>>;

/** The prefixes that have counters. */
export const tapPrefixes = ['vnet', 'macvtap', 'macvlan'] as const;

export interface TapNameRequest {
  /** `vnet` for taps, `macvtap` and `macvlan` for those. */
  readonly prefix: string;
  /** `<target dev>` of the interface. */
  readonly target?: string | undefined;
}

export type TapNameAnswer =
  /** A name that no link has. */
  | { readonly type: 'named'; readonly name: string; readonly counters: TapCounters }
  /** A name with a `%` in it: the kernel completes it, or refuses it. */
  | { readonly type: 'template'; readonly name: string; readonly counters: TapCounters }
  | {
      readonly type: 'refused';
      readonly code: 'tap_exists' | 'name_invalid' | 'names_exhausted';
      readonly reason: string;
      readonly counters: TapCounters;
    };

/** IFNAMSIZ less the NUL. */
const maxNameBytes = 15;
const intMax = 2 ** 31 - 1;
const attempts = 10_000;

/** The number at which the counter starts over: what fits into a C int and, with the prefix, into a link's name. */
const maximumOf = (prefix: string): number => Math.min(intMax, 10 ** (maxNameBytes - prefix.length));

const bytesOf = (name: string): number => new TextEncoder().encode(name).length;

/**
 * Chooses the name of a new tap. `exists` says whether a link has a name now.
 * Refuses a fixed name in use (libvirt's error 55), one of 16 bytes and more (38), and when 10,000 numbers in a row are taken (1).
 */
export function allocateTapName(counters: TapCounters, request: TapNameRequest, exists: (name: string) => boolean): TapNameAnswer {
  const { prefix, target } = request;
  if (target === undefined || target === '' || target === `${prefix}%d`) return nextName(counters, prefix, exists);
  if (bytesOf(target) > maxNameBytes) {
    return { type: 'refused', code: 'name_invalid', reason: `${target} has more than ${maxNameBytes} bytes`, counters };
  }
  if (target.includes('%')) return { type: 'template', name: target, counters };
  if (exists(target)) return { type: 'refused', code: 'tap_exists', reason: `a link named ${target} exists`, counters };
  return { type: 'named', name: target, counters };
}

function nextName(counters: TapCounters, prefix: string, exists: (name: string) => boolean): TapNameAnswer {
  const maximum = maximumOf(prefix);
  let last = counters[prefix] ?? -1;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const number = last + 1;
    // The last number is still tried; the one after it is 0.
    last = number >= maximum ? -1 : number;
    const name = `${prefix}${number}`;
    if (name.length <= maxNameBytes && !exists(name)) return { type: 'named', name, counters: { ...counters, [prefix]: last } };
  }
  const reason = `the next ${attempts} names with prefix ${prefix} are all in use`;
  return { type: 'refused', code: 'names_exhausted', reason, counters: { ...counters, [prefix]: last } };
}

/** Counts a name that a running domain holds as given. Names that the counter did not make change nothing. */
export function reserveTapName(counters: TapCounters, prefix: string, name: string): TapCounters {
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  const number = Number(digits);
  if (!/^\d+$/.test(digits) || number >= maximumOf(prefix) || number <= (counters[prefix] ?? -1)) return counters;
  return { ...counters, [prefix]: number };
}
