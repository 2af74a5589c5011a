import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { missing } from './abilities.ts';
import { divide } from './needs.ts';
import { judgeSuite, nothing, type StageResult, type VitestReport } from './report.ts';
import type { Stage } from './stages.ts';

const KILL_AFTER_MS = 10_000;

/** Suites are told that this is CI, which keeps vitest from writing snapshots; the linter would colour a log for it. */
const environment = (stage: Stage): NodeJS.ProcessEnv => ({
  ...process.env,
  CI: stage.suite ? 'true' : undefined,
  NX_DAEMON: 'false',
  ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }),
});

/** Signals the whole process group: a suite's workers and what they started. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch (error) {
    // The group is gone already.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Runs a stage's command to its end or its limit, and ends with it when this process is told to stop. */
async function run(stage: Stage, args: readonly string[]): Promise<{ exitedWell: boolean; notes: string[] }> {
  const [program = '', ...fixed] = stage.command;
  const notes: string[] = [];
  const child = spawn(program, [...fixed, ...args], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment(stage),
  });
  const stop = (): void => {
    signalGroup(child, 'SIGTERM');
    setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS).unref();
  };
  const limit = setTimeout(() => {
    notes.push(`stopped after its limit of ${stage.limitMinutes} minutes`);
    stop();
  }, stage.limitMinutes * 60_000);
  const interrupted = (): void => {
    stop();
    void once(child, 'exit').then(() => process.exit(130));
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return { exitedWell: code === 0, notes };
  } finally {
    clearTimeout(limit);
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  }
}

const readReport = (path: string): VitestReport | null => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as VitestReport;
  } catch {
    return null;
  }
};

/** Files of a suite that need a real thing. Unit tests need none. */
const filesOf = (ending: string): string[] =>
  ending === ''
    ? []
    : globSync(`{libs,services,apps,tools,tests}/**/*${ending}.test.ts`, { exclude: ['**/node_modules/**', '**/dist/**'] });

type Result = Omit<StageResult, 'name' | 'elapsedMs'>;

async function runSuite(stage: Stage, ending: string, patterns: readonly string[]): Promise<Result> {
  const wanted = filesOf(ending).filter((file) => patterns.length === 0 || patterns.some((pattern) => file.includes(pattern)));
  const { runnable, skipped } = divide(wanted, missing);
  const details = [...skipped.values()].flat();
  const whys = [...skipped].map(([why, files]) => `${files.length} files skipped: ${why}`);
  if (details.length > 0 && runnable.length === 0) {
    return { outcome: 'skipped', counts: { ...nothing, skipped: details.length }, notes: whys, details };
  }

  const path = `.cache/check/${stage.name}.json`;
  mkdirSync('.cache/check', { recursive: true });
  rmSync(path, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`];
  // vitest's projects do not hear --exclude: where something is left out, the others are named.
  const { exitedWell, notes } = await run(stage, [...reporters, ...(details.length > 0 ? runnable : patterns)]);
  const judged = judgeSuite(readReport(path), exitedWell);
  const counts = { ...judged.counts, skipped: judged.counts.skipped + details.length };
  return { outcome: judged.outcome, counts, notes: [...notes, ...judged.notes, ...whys], details };
}

async function runCommand(stage: Stage): Promise<Result> {
  const { exitedWell, notes } = await run(stage, []);
  return { outcome: exitedWell ? 'passed' : 'failed', counts: exitedWell ? nothing : { ...nothing, failed: 1 }, notes, details: [] };
}

/** Runs one stage, or says what this machine lacks for it: a skipped stage, and a skipped file, counts as one skipped test. */
export async function runStage(stage: Stage, patterns: readonly string[]): Promise<StageResult> {
  const started = performance.now();
  const lacking = missing(stage.needs ?? []);
  const outcome =
    lacking.length > 0
      ? ({ outcome: 'skipped', counts: { ...nothing, skipped: 1 }, notes: lacking, details: [] } as const)
      : await (stage.suite ? runSuite(stage, stage.suite.ending, patterns) : runCommand(stage));
  return { name: stage.name, ...outcome, elapsedMs: performance.now() - started };
}
