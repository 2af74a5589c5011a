import { lstatSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { git } from '../git.ts';
import { findings } from './findings.ts';

/** Files that git tracks and that are still there as plain files. */
const tracked = (): string[] =>
  (git('ls-files', '-z') ?? '').split('\0').filter((path) => path !== '' && lstatSync(path, { throwIfNoEntry: false })?.isFile());

process.chdir(resolve(import.meta.dirname, '../..'));
const paths = tracked();
const found = paths.flatMap((path) =>
  findings(path, readFileSync(path, 'latin1')).map(({ line, message }) => `${path}:${line}: ${message}`),
);
for (const line of found) console.error(line);
console.log(`tree: ${paths.length} files, ${found.length} findings`);
process.exitCode = found.length > 0 ? 1 : 0;
