import { resolve } from 'node:path';
import { isGood, lastLine, type StageResult, table, total } from './report.ts';
import { runStage } from './run-stage.ts';
import { select, usage } from './selection.ts';

/** Runs every stage that can run, a failed one or not; the last line of the output is the sum. */
async function check(args: readonly string[]): Promise<boolean> {
  const { stages, patterns } = select(args);
  const results: StageResult[] = [];
  for (const stage of stages) {
    console.log(`\n── ${stage.name}: ${stage.summary}`);
    const result = await runStage(stage, patterns);
    console.log(`── ${stage.name}: ${result.outcome} in ${(result.elapsedMs / 1000).toFixed(1)} s`);
    for (const note of result.notes) console.log(`   ${note}`);
    for (const detail of result.details) console.log(`     ${detail}`);
    results.push(result);
  }
  console.log(['', ...table(results), '', lastLine(total(results))].join('\n'));
  return isGood(results);
}

process.chdir(resolve(import.meta.dirname, '../..'));
const args = process.argv.slice(2);
if (args.includes('--help')) console.log(usage());
else process.exitCode = (await check(args)) ? 0 : 1;
