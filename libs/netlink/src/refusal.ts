import { NetlinkError } from './rtnetlink.js';

/** Answers false instead of throwing when the kernel answers with that errno. */
export function unless(code: string, act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof NetlinkError && error.code === code) return false;
    throw error;
  }
}

/** A link that is not there (ENODEV) is an answer: undefined. */
export function unlessAbsent<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof NetlinkError && error.code === 'ENODEV') return undefined;
    throw error;
  }
}
