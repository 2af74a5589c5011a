/** Help pages, in the shape that virsh gives them. */
import { valueName, type OptionSpec, type OptionTable } from './options.js';

export interface Page {
  readonly name: string;
  readonly summary: string;
  readonly about: string;
  readonly example: string;
  readonly options: OptionTable;
}

export interface Group {
  /** What `virtbus help KEYWORD` takes. */
  readonly keyword: string;
  readonly title: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
}

function synopsisOf(name: string, option: OptionSpec): string {
  if (option.kind === 'flag') return `[--${name}]`;
  if (option.kind === 'list') return `{[--${name}] ${valueName(option)}}...`;
  return option.kind === 'text' && option.required ? `<${name}>` : `[--${name} ${valueName(option)}]`;
}

/** `start <domain> [--paused]` */
export const synopsis = ({ name, options }: Pick<Page, 'name' | 'options'>): string =>
  [name, ...Object.entries(options).map(([option, spec]) => synopsisOf(option, spec))].join(' ');

export function optionHead(name: string, option: OptionSpec): string {
  if (option.kind === 'flag') return `--${name}`;
  return 'required' in option && option.required ? `[--${name}] ${valueName(option)}` : `--${name} ${valueName(option)}`;
}

const section = (title: string, lines: readonly string[]): string[] => ['', `  ${title}`, ...lines.map((line) => `    ${line}`)];

export function commandHelp(page: Page): string {
  const options = Object.entries(page.options).map(([name, option]) => `${optionHead(name, option).padEnd(16)} ${option.about}`);
  return [
    ...section('NAME', [`${page.name} - ${page.summary}`]).slice(1),
    ...section('SYNOPSIS', [synopsis(page)]),
    ...section('DESCRIPTION', page.about.split('\n')),
    ...(options.length === 0 ? [] : section('OPTIONS', options)),
    ...section('EXAMPLE', [page.example]),
    '',
  ]
    .map((line) => `${line}\n`)
    .join('');
}

export const groupHelp = ({ keyword, title, commands }: Group): string =>
  [` ${title} (help keyword '${keyword}')`, ...commands.map(({ name, summary }) => `    ${name.padEnd(30)} ${summary}`), '']
    .map((line) => `${line}\n`)
    .join('');

/** Options that stand before the command, and those of them that may also stand after it. */
export const globalOptionLines = [
  [
    '-c | --connect=URL',
    'address of the NATS server, or of a gateway, several with commas; --url is the same, and may stand after the command too',
  ],
  ['-e | --escape <char>', 'the key that leaves the console, such as ^]'],
  ['-h | --help', 'this page; after a command: the page of that command'],
  ['-q | --quiet', 'no headings, no messages that say only that it worked'],
  ['-v | --version', 'the version of virtbus'],
  ['     --connect-timeout=SECONDS', 'how long a server or gateway has to be there: 3; may stand after the command too'],
  ['     --wait=SECONDS', 'how long to wait for the outcome of a command: 60; may stand after the command too'],
  ['     --json', 'one JSON document on standard output; may stand after the command too'],
] as const;

export const globalHelp = (groups: readonly Group[]): string =>
  [
    '',
    'virtbus [options]... <command> [args...]',
    '',
    '  options:',
    ...globalOptionLines.map(([head, about]) => `    ${head.padEnd(24)} ${about}`),
    '',
    '  commands:',
    '',
    ...groups.map(groupHelp),
    "  ('virtbus help <command>' describes one command, 'virtbus help <keyword>' lists one group)",
    '',
    '  example:',
    '    virtbus define web.xml && virtbus start web',
  ].join('\n') + '\n';
