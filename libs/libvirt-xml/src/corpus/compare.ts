import { LibvirtError } from '../errors/libvirt-error.js';

/** One pair: what is given, and what is expected of it. */
export interface Pair {
  readonly name: string;
  readonly input: string;
  /** The document that it reads back as; undefined when it must be refused. */
  readonly expected: string | undefined;
}

export type Outcome =
  | { readonly type: 'passed' }
  | { readonly type: 'failed'; readonly difference: string }
  | { readonly type: 'wronglyAccepted' };

/** @param answers several when a pair does not say on which host it was recorded. */
export function judge(pair: Pair, answers: readonly (() => string)[]): Outcome {
  const differences = answers.map((answer) => difference(pair, answer));
  if (differences.includes(undefined)) return { type: 'passed' };
  if (pair.expected === undefined) return { type: 'wronglyAccepted' };
  const nearest = differences.toSorted((a, b) => (b?.line ?? 0) - (a?.line ?? 0))[0];
  return { type: 'failed', difference: nearest?.words ?? '' };
}

interface Difference {
  /** Lines that agree. */
  readonly line: number;
  readonly words: string;
}

function difference({ expected }: Pair, answer: () => string): Difference | undefined {
  try {
    const given = answer();
    return expected === undefined ? { line: 0, words: 'accepted' } : firstDifference(expected, given);
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    return expected === undefined ? undefined : { line: 0, words: `refused: ${error.message} (${error.path ?? ''})` };
  }
}

/** Blanks at the ends of lines do not matter. */
function firstDifference(expected: string, given: string): Difference | undefined {
  const [want, have] = [expected, given].map((text) => text.trim().split(/\s*\n/));
  if (!want || !have) return undefined;
  const line = want.findIndex((one, index) => one !== have[index]);
  if (line < 0 && have.length <= want.length) return undefined;
  const at = line < 0 ? want.length : line;
  return { line: at, words: `line ${at + 1}: expected ${want[at]?.trim() ?? 'the end'}, got ${have[at]?.trim() ?? 'the end'}` };
}
