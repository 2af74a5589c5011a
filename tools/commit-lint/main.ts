import { resolve } from 'node:path';
import { git } from '../git.ts';
import { check, type Commit } from './rules.ts';

/** Checks the messages of all commits, or of a range: node tools/commit-lint/main.ts [RANGE] */
const commits = (range: string): Commit[] =>
  (git('log', '--format=%h%n%B%x00', range) ?? '')
    .split('\0')
    .map((record) => record.trimStart())
    .filter((record) => record !== '')
    .map((record) => ({ hash: record.slice(0, record.indexOf('\n')), message: record.slice(record.indexOf('\n') + 1) }));

process.chdir(resolve(import.meta.dirname, '../..'));
const all = commits(process.argv[2] ?? 'HEAD');
const found = all.flatMap((commit) => check(commit).map((problem) => `${commit.hash} ${commit.message.split('\n', 1)[0]}: ${problem}`));
for (const line of found) console.error(line);
console.log(`commits: ${all.length} messages, ${found.length} problems`);
process.exitCode = found.length > 0 ? 1 : 0;
