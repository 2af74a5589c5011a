import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { git } from '../git.ts';
import { check, type Commit } from './rules.ts';

/**
 * Messages are held to the rules from here on: what was published before the hook in tools/hooks could refuse it is not
 * rewritten. Never moved forward to let a message pass.
 */
const SINCE = '2026-11-21T12:00:00Z';

/**
 * Checks the messages of all commits, or of a range, or the one that is being written:
 * node tools/commit-lint/main.ts [RANGE | --message FILE]
 */
const commitsIn = (range: string): Commit[] =>
  (git('log', '--format=%h%n%B%x00', `--since=${SINCE}`, range) ?? '')
    .split('\0')
    .map((record) => record.trimStart())
    .filter((record) => record !== '')
    .map((record) => ({ hash: record.slice(0, record.indexOf('\n')), message: record.slice(record.indexOf('\n') + 1) }));

/** Git takes comments out of what the editor leaves. */
const beingWritten = (file: string): Commit[] => [{ hash: 'message', message: readFileSync(file, 'utf8').replace(/^#.*\n?/gm, '') }];

const subjectOf = (message: string): string => message.split('\n', 1)[0] ?? '';

const [argument = 'HEAD', file = ''] = process.argv.slice(2);
const given = resolve(file);
process.chdir(resolve(import.meta.dirname, '../..'));
const commits = argument === '--message' ? beingWritten(given) : commitsIn(argument);
const found = commits.flatMap((commit) => check(commit).map((problem) => `${commit.hash} ${subjectOf(commit.message)}: ${problem}`));
for (const line of found) console.error(line);
console.log(`commits: ${commits.length} messages, ${found.length} problems`);
process.exitCode = found.length > 0 ? 1 : 0;
