import type { ErrorName } from '../errors/error-codes.js';
import { fault, type Place } from './place.js';

/** Something that must not be said of one thing, as data. */
export interface Ban<T, C = void> {
  when(given: T, context: C): boolean;
  readonly words: string | ((given: T, context: C) => string);
  /** The element at fault, from the thing itself. */
  readonly at?: string;
  /** CONFIG_UNSUPPORTED unless given. */
  readonly code?: ErrorName;
  /** libvirt's module number, when it is not that of the whole list. */
  readonly domain?: number;
}

/** The first ban that is broken. */
export const firstBroken = <T, C>(bans: readonly Ban<T, C>[], given: T, context: C): Ban<T, C> | undefined =>
  bans.find((ban) => ban.when(given, context));

export const wordsOf = <T, C>({ words }: Ban<T, C>, given: T, context: C): string =>
  typeof words === 'string' ? words : words(given, context);

/**
 * Holds a value just read against bans.
 * @param domain libvirt's module number of the whole list.
 * @throws LibvirtError for the first ban that is broken.
 */
export function forbid<T>(bans: readonly Ban<T, Place>[], given: T, at: Place, domain?: number): void {
  const broken = firstBroken(bans, given, at);
  if (broken) throw fault(at, broken.code ?? 'CONFIG_UNSUPPORTED', wordsOf(broken, given, at), broken.domain ?? domain);
}
