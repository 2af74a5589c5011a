import { type Stage, stages } from './stages.ts';

export interface Selection {
  readonly stages: readonly Stage[];
  /** Handed to vitest: parts of file paths. */
  readonly patterns: readonly string[];
}

/**
 * Arguments that name a stage select it; all others are patterns for the suites of tests.
 * Patterns alone select the suites.
 */
export function select(args: readonly string[]): Selection {
  const named = stages.filter((stage) => args.includes(stage.name));
  const patterns = args.filter((arg) => !named.some((stage) => stage.name === arg));
  if (named.length > 0) return { stages: named, patterns };
  return { stages: patterns.length > 0 ? stages.filter((stage) => stage.suite) : stages, patterns };
}

export const usage = (): string =>
  [
    'usage: npm test [-- [STAGE…] [PATTERN…]]',
    '',
    "Without arguments all stages run. PATTERN is a part of a test file's path:",
    '  npm test -- unit libs/qmp',
    '',
    ...stages.map((stage) => `  ${stage.name.padEnd(11)} ${stage.summary}`),
  ].join('\n');
