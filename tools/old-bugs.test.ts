import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const page = readFileSync(join(root, 'docs/old-bugs.md'), 'utf8');
const rows = [...page.matchAll(/^\|.*\| `([^`]+)` › (.+) \|$/gm)].map(([, file = '', title = '']) => ({ file, title }));

test('every old bug has a test, which is there under its name', () => {
  expect(rows.length).toBe(page.split('\n').filter((line) => line.startsWith('| ')).length - 1);
  const lost = rows.filter(({ file, title }) => {
    const path = join(root, file);
    return !existsSync(path) || !readFileSync(path, 'utf8').includes(title);
  });
  expect(lost).toEqual([]);
});
