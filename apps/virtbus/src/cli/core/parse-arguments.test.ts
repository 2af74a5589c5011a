import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OptionTable } from './options.js';
import { parseArguments, type Parsed } from './parse-arguments.js';

const about = '';
const options = {
  domain: { kind: 'text', required: true, about },
  mode: { kind: 'text', about },
  timeout: { kind: 'number', about },
  only: { kind: 'text', namedOnly: true, about },
  force: { kind: 'flag', about },
} as const satisfies OptionTable;

const none = { domain: undefined, mode: undefined, timeout: undefined, only: undefined, force: false };
const values = (given: object): Parsed => ({ type: 'values', values: { ...none, ...given } });
const misuse = (message: string): Parsed => ({ type: 'misuse', message });
const badValue = (message: string): Parsed => ({ type: 'bad-value', message });

test.each<[string, string[], Parsed]>([
  ['nothing where something is required', [], misuse("command 'poke' requires <domain> option")],
  ['an unknown name', ['web', '--nope'], misuse("command 'poke' doesn't support option --nope")],
  ['a name without its value', ['web', '--mode'], misuse('expected syntax: --mode <string>')],
  ['a number without its value', ['web', '--timeout'], misuse('expected syntax: --timeout <number>')],
  ['a value for a flag', ['web', '--force=1'], misuse("invalid '=' after option --force")],
  ['the same twice', ['--force', '--force'], misuse('option --force already seen')],
  ['by place and by name', ['web', '--domain', 'web'], misuse('option --domain already seen')],
  ['a word too many', ['a', 'b', '3', 'd'], misuse("unexpected data 'd'")],
  ['no number', ['web', '--timeout', '1.5'], badValue("Numeric value '1.5' for <timeout> option is malformed or out of range")],
  [
    'a number that is too large',
    ['web', '--timeout=9999999999'],
    badValue("Numeric value '9999999999' for <timeout> option is malformed or out of range"),
  ],
  ['nothing as the required value', ['--domain='], badValue("Failed to get option 'domain': Option argument is empty")],
  ['--help before the mistake', ['--help', '--nope'], { type: 'help' }],
  ['--help after the mistake', ['--nope', '--help'], misuse("command 'poke' doesn't support option --nope")],
  ['words in the order of the table', ['web', 'acpi', '5'], values({ domain: 'web', mode: 'acpi', timeout: 5 })],
  ['a word fills what no name has filled', ['--domain=web', 'acpi'], values({ domain: 'web', mode: 'acpi' })],
  ['names in any order', ['--timeout', '5', '--force', '--domain', 'web'], values({ domain: 'web', timeout: 5, force: true })],
  ['a value that looks like a name', ['--domain', '--force'], values({ domain: '--force' })],
  ['a value with an equals sign', ['--mode=a=b', 'web'], values({ domain: 'web', mode: 'a=b' })],
  ['a single dash begins no name', ['-x'], values({ domain: '-x' })],
  ['-- ends the names', ['--', '--force'], values({ domain: '--force' })],
  ['-- ends help as well', ['--', '--help'], values({ domain: '--help' })],
  ['what only a name gives', ['web', '--only', 'x'], values({ domain: 'web', only: 'x' })],
])('%s: %j', (_, words, expected) => expect(parseArguments('poke', options, words)).toEqual(expected));

const many = {
  kind: { kind: 'text', required: true, about },
  file: { kind: 'list', required: true, about },
  out: { kind: 'text', namedOnly: true, about },
} as const satisfies OptionTable;
const list = (kind: string, file: string[], out?: string): Parsed => ({ type: 'values', values: { kind, file, out } });

test.each<[string, string[], Parsed]>([
  ['no word for a list', ['a'], misuse("command 'poke' requires <file> option")],
  ['an empty word in a list', ['a', 'b', ''], badValue("Failed to get option 'file': Option argument is empty")],
  ['a list named without a word', ['a', '--file'], misuse('expected syntax: --file <string>')],
  ['a list takes the words that are left', ['a', 'b', 'c'], list('a', ['b', 'c'])],
  ['a list that is named takes the words after it too', ['a', '--file', 'b', 'c', '--out', 'd'], list('a', ['b', 'c'], 'd')],
  ['a list that is named first leaves words to others', ['--file', 'b', 'a', 'c'], list('a', ['b', 'c'])],
  ['a list named again grows', ['a', '--file=b', '--file=c'], list('a', ['b', 'c'])],
])('%s: %j', (_, words, expected) => expect(parseArguments('poke', many, words)).toEqual(expected));

const given = fc.record({
  domain: fc.stringMatching(/^[a-z]{1,3}$/),
  mode: fc.option(fc.stringMatching(/^[a-z]{0,2}$/), { nil: undefined }),
  timeout: fc.option(fc.integer({ min: 1, max: 2 ** 31 }), { nil: undefined }),
  only: fc.option(fc.stringMatching(/^[-=a]{0,2}$/), { nil: undefined }),
  force: fc.boolean(),
});

test('what is given by name is what is read, in whatever order and spelling', () =>
  fc.assert(
    fc.property(given, fc.infiniteStream(fc.boolean()), (wanted, coin) => {
      const toss = (): boolean => coin.next().value as boolean;
      const named = Object.entries(wanted).flatMap(([name, value]) => {
        if (value === undefined || value === false) return [];
        if (value === true) return [[`--${name}`]];
        return [toss() ? [`--${name}=${value}`] : [`--${name}`, String(value)]];
      });
      const ordered = named.reduce<string[][]>((all, one) => (toss() ? [...all, one] : [one, ...all]), []);
      expect(parseArguments('poke', options, ordered.flat())).toEqual({ type: 'values', values: wanted });
    }),
  ));

test('any words give values or a sentence', () =>
  fc.assert(
    fc.property(fc.array(fc.constantFrom('--', '--force', '--domain', '--mode=', '', '-', '3', '--timeout', '--=', '--help')), (words) => {
      expect(['values', 'help', 'misuse', 'bad-value']).toContain(parseArguments('poke', options, words).type);
    }),
  ));
