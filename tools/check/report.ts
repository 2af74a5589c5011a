/** Tests of one stage, or of all. A stage that is no suite of tests counts as one failure when it fails, else as nothing. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export type Outcome = 'passed' | 'failed' | 'skipped';

export interface StageResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly counts: Counts;
  readonly elapsedMs: number;
  /** Why the stage failed or was skipped, a line each. */
  readonly notes: readonly string[];
  /** The files that were skipped: too many for the table. */
  readonly details: readonly string[];
}

/** The parts of vitest's JSON report that are counted. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

export const nothing: Counts = { passed: 0, failed: 0, skipped: 0 };

/** A file that fails before its first test (an import that throws) counts as one failure: vitest's own sum leaves it out. */
export function countTests(report: VitestReport): Counts {
  const unread = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unread,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * What a suite came to. A run that failed with no failed test (a crash, an unhandled rejection, a timeout) is one failure,
 * and so is a suite without a test: it proves nothing.
 */
export function judgeSuite(report: VitestReport | null, exitedWell: boolean): { outcome: Outcome; counts: Counts; notes: string[] } {
  if (!report) return { outcome: 'failed', counts: { ...nothing, failed: 1 }, notes: ['the run ended without a report'] };
  const counts = countTests(report);
  if (counts.failed > 0) return { outcome: 'failed', counts, notes: [] };
  if (!exitedWell) return { outcome: 'failed', counts: { ...counts, failed: 1 }, notes: ['the run failed outside of any test'] };
  if (counts.passed + counts.skipped === 0) return { outcome: 'failed', counts: { ...counts, failed: 1 }, notes: ['no test ran'] };
  return { outcome: 'passed', counts, notes: [] };
}

export function total(results: readonly StageResult[]): Counts {
  const sum = (count: (counts: Counts) => number): number => results.reduce((all, result) => all + count(result.counts), 0);
  return { passed: sum((c) => c.passed), failed: sum((c) => c.failed), skipped: sum((c) => c.skipped) };
}

/** The last line of a check: fixed in form, because other programs read it. */
export const lastLine = (counts: Counts): string => `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;

/** A check is good when nothing failed and something ran. */
export const isGood = (results: readonly StageResult[]): boolean =>
  results.every((result) => result.outcome !== 'failed') && results.some((result) => result.outcome === 'passed');

const seconds = (elapsedMs: number): string => `${(elapsedMs / 1000).toFixed(1)} s`;

/** One row a stage, its notes below it. */
export function table(results: readonly StageResult[]): string[] {
  const width = Math.max(...results.map((result) => result.name.length));
  return results.flatMap(({ name, outcome, counts, elapsedMs, notes }) => {
    const tests = counts.passed + counts.failed + counts.skipped > 0 ? lastLine(counts) : '';
    const row = `${name.padEnd(width)}  ${outcome.padEnd(7)}  ${seconds(elapsedMs).padStart(8)}  ${tests}`;
    return [row.trimEnd(), ...notes.map((note) => `${' '.repeat(width)}  ${note}`)];
  });
}
