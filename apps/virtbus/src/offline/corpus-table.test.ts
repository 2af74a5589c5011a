/** The page that says what of libvirt's own cases does not pass, and why: docs/generated/corpus.md. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runSuites } from './corpus.js';
import { corpusTable, reasons } from './corpus-table.js';

const corpus = fileURLToPath(new URL('../../../../../shared/corpus/', import.meta.url));
const page = fileURLToPath(new URL('../../../../docs/generated/corpus.md', import.meta.url));

describe.skipIf(!existsSync(corpus))("libvirt's own cases", () => {
  const results = existsSync(corpus) ? runSuites(corpus) : [];

  test('docs/generated/corpus.md lists what is left', async () => {
    await expect(corpusTable(results)).toMatchFileSnapshot(page);
  });

  test('every case that is left has a reason, and every reason a case', () => {
    const left = results.flatMap(({ outcomes }) => outcomes.filter(({ outcome }) => outcome.type !== 'passed').map(({ name }) => name));
    expect([...new Set(left)].toSorted()).toEqual(Object.keys(reasons).toSorted());
  });
});

test('a case without a reason says so in the table', () => {
  const outcomes = [
    { name: 'a', outcome: { type: 'passed' } },
    { name: 'b', outcome: { type: 'failed', difference: 'line 1: expected x, got y' } },
  ] as const;
  const table = corpusTable([{ suite: 's', outcomes }]);
  expect(table).toContain('| s | 1 of 2 |');
  expect(table).toContain('| s | b | not looked at yet |');
});
