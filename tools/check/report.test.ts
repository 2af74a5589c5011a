import { expect, test } from 'vitest';
import { type Counts, isGood, judgeSuite, lastLine, nothing, type StageResult, table, total, type VitestReport } from './report.ts';

const report = (changes: Partial<VitestReport> = {}): VitestReport => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ status: 'passed', assertionResults: [{}] }],
  ...changes,
});
const unread = { status: 'failed', assertionResults: [] };
const stage = (name: string, changes: Partial<StageResult> = {}): StageResult => ({
  name,
  outcome: 'passed',
  counts: nothing,
  elapsedMs: 1500,
  notes: [],
  details: [],
  ...changes,
});

test.each<[sentence: string, report: VitestReport | null, exitedWell: boolean, outcome: string, counts: Counts]>([
  ['passes when every test passed', report(), true, 'passed', { passed: 3, failed: 0, skipped: 0 }],
  [
    'counts pending and todo tests as skipped',
    report({ numPendingTests: 2, numTodoTests: 1 }),
    true,
    'passed',
    { passed: 3, failed: 0, skipped: 3 },
  ],
  [
    'passes when every test skipped itself',
    report({ numPassedTests: 0, numPendingTests: 2 }),
    true,
    'passed',
    { passed: 0, failed: 0, skipped: 2 },
  ],
  ['fails with its failed tests', report({ numFailedTests: 2 }), false, 'failed', { passed: 3, failed: 2, skipped: 0 }],
  ['fails when a file could not be read', report({ testResults: [unread] }), false, 'failed', { passed: 3, failed: 1, skipped: 0 }],
  ['fails when the run fails outside of any test', report(), false, 'failed', { passed: 3, failed: 1, skipped: 0 }],
  ['fails when no test ran', report({ numPassedTests: 0, testResults: [] }), true, 'failed', { passed: 0, failed: 1, skipped: 0 }],
  ['fails without a report', null, true, 'failed', { passed: 0, failed: 1, skipped: 0 }],
])('a suite %s', (_sentence, given, exitedWell, outcome, counts) =>
  expect(judgeSuite(given, exitedWell)).toMatchObject({ outcome, counts }),
);

test.each<[sentence: string, results: StageResult[], good: boolean]>([
  ['good when all passed', [stage('lint'), stage('unit')], true],
  ['good when some were skipped', [stage('unit'), stage('e2e', { outcome: 'skipped' })], true],
  ['bad when one failed', [stage('lint', { outcome: 'failed' }), stage('unit')], false],
  ['bad when nothing ran', [stage('e2e', { outcome: 'skipped' })], false],
  ['bad without a stage', [], false],
])('a check is %s', (_sentence, results, good) => expect(isGood(results)).toBe(good));

test('the last line sums all stages', () =>
  expect(
    lastLine(
      total([
        stage('lint', { counts: { passed: 0, failed: 1, skipped: 0 } }),
        stage('unit', { counts: { passed: 7, failed: 2, skipped: 3 } }),
      ]),
    ),
  ).toBe('7 passed, 3 failed, 3 skipped'));

test('the table has a row a stage, and says why one was skipped', () =>
  expect(
    table([stage('lint'), stage('e2e', { outcome: 'skipped', counts: { passed: 0, failed: 0, skipped: 1 }, notes: ['needs root'] })]),
  ).toEqual(['lint  passed      1.5 s', 'e2e   skipped     1.5 s  0 passed, 0 failed, 1 skipped', '      needs root']));
