import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';

/**
 * Runs a benchmark by name: npm run bench -- NAME [arguments]
 * A benchmark is a program: bench/NAME.ts or bench/NAME.mjs of a package, or a compiled dist/bench/NAME.js.
 */
const PLACES = '{libs,services,apps}/*/{bench/*.{ts,mjs},dist/bench/*.js}';

const benchmarks = (): Map<string, string> =>
  new Map(
    globSync(PLACES)
      .filter((path) => !path.includes('.test.'))
      .map((path) => [basename(path).replace(/\.\w+$/, ''), path]),
  );

function run([name, ...args]: readonly string[]): number {
  const known = benchmarks();
  const path = name === undefined ? undefined : known.get(name);
  if (path !== undefined) return spawnSync(process.execPath, [path, ...args], { stdio: 'inherit' }).status ?? 1;
  const wanted = name === undefined || name === '--help' || name === 'list';
  if (!wanted) console.error(`no benchmark is called ${name}`);
  console.log(
    ['usage: npm run bench -- NAME [arguments]', ...[...known].map(([each, place]) => `  ${each.padEnd(12)} ${place}`)].join('\n'),
  );
  return wanted ? 0 : 2;
}

process.chdir(resolve(import.meta.dirname, '..'));
process.exitCode = run(process.argv.slice(2));
