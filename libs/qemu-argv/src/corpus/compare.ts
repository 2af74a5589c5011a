import { groupOptions, type CommandLine } from './args-file.js';
import { normalise } from './normalise.js';

/** The first place where two command lines say something different; undefined is the end of one of them. */
export interface Difference {
  readonly expected: string | undefined;
  readonly actual: string | undefined;
}

/** undefined: both mean the same. */
export function firstDifference(expected: CommandLine, actual: CommandLine): Difference | undefined {
  const [want, have] = [linesOf(normalise(expected)), linesOf(normalise(actual))];
  const at = want.findIndex((line, index) => line !== have[index]);
  if (at >= 0) return { expected: want[at], actual: have[at] };
  return have.length > want.length ? { expected: undefined, actual: have[want.length] } : undefined;
}

const linesOf = ({ environment, program, argv }: CommandLine): readonly string[] => [
  ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
  program,
  ...groupOptions(argv).map((group) => group.join(' ')),
];
