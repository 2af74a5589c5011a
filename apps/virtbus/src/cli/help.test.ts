import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commands } from './command-table.js';
import { referencePage } from './core/reference-page.js';
import { FakeCommandLine } from './fake/command-line.js';
import { everyPage } from './help-pages.js';
import { MAX_XML_BYTES } from './input-file.js';
import { MAX_XML_BYTES as FLEET_LIMIT } from '@virtbus/contracts';
import { VERSION } from './version.js';

const names = Object.keys(commands);

// As docs/generated: `npm run docs` writes it.
test('docs/cli.md describes every command', async () => {
  await expect(referencePage(await everyPage())).toMatchFileSnapshot(join(import.meta.dirname, '../../../../docs/cli.md'));
});

test.each(names)('%s explains itself without a fleet, with an example that is itself', async (name) => {
  const line = new FakeCommandLine();
  const page = await line.answer(name, '--help');
  expect(page).toEqual({ ...(await line.answer('-q', 'help', name)), status: 0 });
  expect(page.out).toMatch(new RegExp(`^  NAME\\n    ${name} - [^\\n]+\\n\\n  SYNOPSIS\\n    ${name}`));
  expect(page.out).toContain(`EXAMPLE\n    virtbus ${name}`);
  expect(line.connections).toBe(0);
});

test.each([[['--help']], [['-h']], [[]]])('virtbus %j lists every command', async (words) => {
  const { out } = await new FakeCommandLine().answer(...words);
  expect(names.filter((name) => !out.includes(`\n    ${name} `))).toEqual([]);
});

test('help takes the keyword of a group, and suggests a command', async () => {
  const line = new FakeCommandLine();
  expect((await line.answer('help', 'host')).out).toContain(" Hosts of the fleet (help keyword 'host')\n    cordon ");
  expect((await line.answer('help', 'strat')).err).toBe("error: command or command group 'strat' doesn't exist\nDid you mean 'start'?\n");
});

test('what is written down twice is the same', () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string };
  expect([VERSION, MAX_XML_BYTES]).toEqual([version, FLEET_LIMIT]);
});
