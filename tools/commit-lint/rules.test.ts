import { expect, test } from 'vitest';
import { check } from './rules.ts';

const problems = (message: string): string[] => check({ hash: 'abc', message });
const body = '\n\nA host that answers late still holds its guests.\n';

test.each<[sentence: string, message: string, problem: string]>([
  ['without a scope', `refuse a stale host${body}`, 'scope'],
  ['with a scope in capitals', `Scheduler: refuse a stale host${body}`, 'scope'],
  ['with nothing after the scope', `scheduler:${body}`, 'scope'],
  ['with a capital after the scope', `scheduler: Refuse a stale host${body}`, 'lower case'],
  ['of 73 characters', `scheduler: ${'a'.repeat(62)}${body}`, '73 characters'],
  ['with a full stop', `scheduler: refuse a stale host.${body}`, 'full stop'],
  ['in the past', `scheduler: refused a stale host${body}`, 'imperative'],
  ['with a gerund', `scheduler: refusing a stale host${body}`, 'imperative'],
  ['without a body', 'scheduler: refuse a stale host', 'says why'],
  ['with trailers for a body', 'scheduler: refuse a stale host\n\nSigned-off-by: Ada <ada@example.org>\n', 'says why'],
  ['with a body right below the subject', 'scheduler: refuse a stale host\nIt may be back.\n', 'empty line'],
])('a subject %s is refused', (_sentence, message, problem) => expect(problems(message)).toEqual([expect.stringContaining(problem)]));

test.each<[sentence: string, message: string]>([
  ['a scope, a verb and a reason', `scheduler: refuse a stale host${body}`],
  ['two scopes', `qmp, host-agent: declare the monitor${body}`],
  ['72 characters', `scheduler: ${'a'.repeat(61)}${body}`],
  ['a verb that only looks like a past', `scheduler: need two answers${body}`],
  ['an acronym first', `host-agent: QMP events go ahead of requests${body}`],
  ['a merge', "Merge branch 'main'"],
  ['a revert', 'Revert "scheduler: refuse a stale host"'],
])('%s is accepted', (_sentence, message) => expect(problems(message)).toEqual([]));

test('every problem is told at once', () => expect(problems('scheduler: Refused.')).toHaveLength(3));
