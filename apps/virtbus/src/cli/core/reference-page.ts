/** The command line's reference, as Markdown. */
import { globalOptionLines, optionHead, synopsis, type Page } from './help.js';

export interface PageGroup {
  readonly title: string;
  readonly pages: readonly Page[];
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

const options = ({ options: table }: Page): string[] => {
  const rows = Object.entries(table).map(([name, option]) => `| \`${optionHead(name, option)}\` | ${cell(option.about)} |`);
  return rows.length === 0 ? [] : ['| option | |', '|---|---|', ...rows, ''];
};

const pageText = (page: Page): string[] => [
  `### ${page.name}`,
  '',
  page.about.replaceAll('\n', ' '),
  '',
  '```',
  synopsis(page),
  '```',
  '',
  ...options(page),
  `Example: \`${page.example}\``,
  '',
];

const opening = [
  '# The command line',
  '',
  'Written by a test from the table of commands (`apps/virtbus/src/cli/command-table.ts`); `npm run docs` brings it up to date.',
  '',
  "Names, options, output and exit status are virsh's wherever virsh has the command. Whatever has a value may be given by name",
  '(`--domain web`, `--domain=web`) or by position. A domain is named by its number, UUID or name.',
  '',
  'Exit status: 0 when it was done, 1 when not, 130 when Ctrl-C ended the waiting for a command that was sent; that command goes on.',
  'With `--json` the answer is one JSON document on standard output, for `event` one a line; an error is the document',
  '`{"error":{"code","message",…}}` on standard error. Colours and progress appear on terminals only, colours not with `NO_COLOR`.',
  '',
  'The server is the one of `--url`, else of `VIRTBUS_NATS_URL`, else of the fleet that `virtbus up` runs on this machine, else',
  '`nats://127.0.0.1:4222`.',
  '',
  '| before the command | |',
  '|---|---|',
  ...globalOptionLines.map(([head, about]) => `| \`${cell(head.trim())}\` | ${cell(about)} |`),
  '',
];

export const referencePage = (groups: readonly PageGroup[]): string =>
  [...opening, ...groups.flatMap(({ title, pages }) => [`## ${title}`, '', ...pages.flatMap(pageText)])].join('\n');
