/** One case of a corpus: a definition, and the command line or the refusal that it must lead to. */
import { LibvirtError } from '@virtbus/libvirt-xml';
import { parseArgsFile, type CommandLine } from './args-file.js';
import { firstDifference, type Difference } from './compare.js';

export interface ArgvCase {
  readonly name: string;
  readonly xml: string;
  /** The text of NAME.args. */
  readonly args?: string;
  /** The text of NAME.err: it must be refused. Where a case has both files, either will do. */
  readonly err?: string;
}

export type CaseOutcome =
  | { readonly type: 'passed' }
  | { readonly type: 'different'; readonly difference: Difference }
  /** Refused though it should have been built. */
  | { readonly type: 'refused'; readonly reason: string }
  /** Built though it should have been refused. */
  | { readonly type: 'wrongly_accepted'; readonly expected: string };

/** @param build from XML to a command line; a LibvirtError refuses, any other error is thrown on */
export function judgeCase({ xml, args, err }: ArgvCase, build: (xml: string) => CommandLine): CaseOutcome {
  const built = attempt(() => build(xml));
  if (built.type === 'refused') return err === undefined ? built : { type: 'passed' };
  if (args === undefined) return { type: 'wrongly_accepted', expected: (err ?? '').trim() };
  const difference = firstDifference(parseArgsFile(args), built.value);
  return difference ? { type: 'different', difference } : { type: 'passed' };
}

type Attempt<T> = { readonly type: 'built'; readonly value: T } | { readonly type: 'refused'; readonly reason: string };

function attempt<T>(build: () => T): Attempt<T> {
  try {
    return { type: 'built', value: build() };
  } catch (error) {
    if (!(error instanceof LibvirtError)) throw error;
    return { type: 'refused', reason: `${error.message} (${error.path ?? ''})` };
  }
}
