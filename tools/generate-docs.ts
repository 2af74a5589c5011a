import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { adrIndex } from './adr-index.ts';

/**
 * Writes the generated documents: the index of decisions, and all in docs/ that a test compares with what it makes.
 * With --check nothing is written, and a stale index is an error; for the others the unit tests are the check.
 */
const INDEX = 'docs/adr/README.md';

/** Empty without a record. */
function index(): string {
  const records = globSync('docs/adr/[0-9]*.md').map((path) => ({ file: basename(path), text: readFileSync(path, 'utf8') }));
  return records.length > 0 ? adrIndex(records) : '';
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function check(): number {
  if (readOrEmpty(INDEX) === index()) return 0;
  console.error(`${INDEX} is stale: npm run docs`);
  return 1;
}

const comparesDocument = (test: string): boolean => test.includes('toMatchFileSnapshot') && /['"`/]docs\//.test(test);

function write(): number {
  if (readOrEmpty(INDEX) !== index()) writeFileSync(INDEX, index());
  const tests = globSync('{libs,services,apps,tests}/**/*.test.ts', { exclude: ['**/node_modules/**', '**/dist/**'] });
  const generators = tests.filter((path) => comparesDocument(readFileSync(path, 'utf8')));
  if (generators.length === 0) return 0;
  return spawnSync('vitest', ['run', '--project', 'unit', ...generators, '--update'], { stdio: 'inherit' }).status ?? 1;
}

process.chdir(resolve(import.meta.dirname, '..'));
process.exitCode = process.argv.includes('--check') ? check() : write();
