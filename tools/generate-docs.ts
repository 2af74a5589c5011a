import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { adrIndex } from './adr-index.ts';

/**
 * Writes the generated documents: the index of decisions, and all that tests hold against docs/generated.
 * With --check nothing is written, and a stale index is an error; the unit tests are the check of docs/generated.
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

function write(): number {
  if (readOrEmpty(INDEX) !== index()) writeFileSync(INDEX, index());
  const tests = globSync('{libs,services,apps,tests}/**/*.test.ts', { exclude: ['**/node_modules/**', '**/dist/**'] });
  const generators = tests.filter((path) => readFileSync(path, 'utf8').includes('docs/generated'));
  if (generators.length === 0) return 0;
  return spawnSync('vitest', ['run', '--project', 'unit', '--update', ...generators], { stdio: 'inherit' }).status ?? 1;
}

process.chdir(resolve(import.meta.dirname, '..'));
process.exitCode = process.argv.includes('--check') ? check() : write();
