/**
 * Reads a command's arguments as virsh reads them: options in any order, values by name (`--domain web`, `--domain=web`) or by
 * position, each option once, `--` ends the names. A single dash begins no option: `start -x` starts the domain "-x".
 */
import { own } from './own.js';
import { valueName, wholeNumber, type OptionSpec, type OptionTable, type OptionValue, type Values } from './options.js';

export type Parsed =
  | { readonly type: 'values'; readonly values: Values }
  | { readonly type: 'help' }
  /** The words do not fit the command's options. The message is in virsh's words. */
  | { readonly type: 'misuse'; readonly message: string }
  /** They fit, but a value is impossible. */
  | { readonly type: 'bad-value'; readonly message: string };

/** What the words say of one option. */
type Given = string | true | readonly string[];

class Misuse extends Error {}
class BadValue extends Error {}

const takesWords = (option: OptionSpec): boolean => option.kind !== 'flag' && !option.namedOnly;

const isList = ({ kind }: OptionSpec): boolean => kind === 'list' || kind === 'optional-list';

class Reading {
  readonly given = new Map<string, Given>();

  constructor(
    private readonly command: string,
    private readonly options: OptionTable,
    private readonly rest: string[],
  ) {}

  /** @returns false when help was asked for. */
  readAll(): boolean {
    let named = true;
    for (let word = this.rest.shift(); word !== undefined; word = this.rest.shift()) {
      if (named && word === '--help') return false;
      if (named && word === '--') named = false;
      else if (named && word.startsWith('--')) this.readNamed(word.slice(2));
      else this.readBare(word);
    }
    return true;
  }

  private readNamed(text: string): void {
    const [name = '', ...parts] = text.split('=');
    const inline = parts.length > 0 ? parts.join('=') : undefined;
    const option = own(this.options, name);
    if (!option) throw new Misuse(`command '${this.command}' doesn't support option --${name}`);
    if (!this.isFree(name, option)) throw new Misuse(`option --${name} already seen`);
    if (option.kind === 'flag') this.given.set(name, this.flag(name, inline));
    else this.take(name, option, this.value(name, option, inline));
  }

  private isFree(name: string, option: OptionSpec): boolean {
    return isList(option) || !this.given.has(name);
  }

  private take(name: string, option: OptionSpec, word: string): void {
    const before = this.given.get(name);
    this.given.set(name, isList(option) ? [...(Array.isArray(before) ? before : []), word] : word);
  }

  private flag(name: string, inline: string | undefined): true {
    if (inline !== undefined) throw new Misuse(`invalid '=' after option --${name}`);
    return true;
  }

  private value(name: string, option: OptionSpec, inline: string | undefined): string {
    const value = inline ?? this.rest.shift();
    if (value === undefined) throw new Misuse(`expected syntax: --${name} ${valueName(option)}`);
    return value;
  }

  private readBare(word: string): void {
    const free = Object.entries(this.options).find(([name, option]) => takesWords(option) && this.isFree(name, option));
    if (!free) throw new Misuse(`unexpected data '${word}'`);
    this.take(...free, word);
  }
}

function typed(name: string, option: OptionSpec, given: Given | undefined): OptionValue {
  if (option.kind === 'flag') return given === true;
  if (option.kind !== 'number' || typeof given !== 'string') return given;
  const number = wholeNumber(given, option);
  if (number !== undefined) return number;
  throw new BadValue(`Numeric value '${given}' for <${name}> option is malformed or out of range`);
}

function valuesOf(command: string, options: OptionTable, given: ReadonlyMap<string, Given>): Values {
  for (const [name, option] of Object.entries(options)) {
    const required = 'required' in option && option.required;
    const value = given.get(name);
    if (required && value === undefined) throw new Misuse(`command '${command}' requires <${name}> option`);
    if (required && (Array.isArray(value) ? value : [value]).includes(''))
      throw new BadValue(`Failed to get option '${name}': Option argument is empty`);
  }
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, typed(name, option, given.get(name))]));
}

export function parseArguments(command: string, options: OptionTable, words: readonly string[]): Parsed {
  const reading = new Reading(command, options, [...words]);
  try {
    if (!reading.readAll()) return { type: 'help' };
    return { type: 'values', values: valuesOf(command, options, reading.given) };
  } catch (error) {
    if (error instanceof Misuse) return { type: 'misuse', message: error.message };
    if (error instanceof BadValue) return { type: 'bad-value', message: error.message };
    throw error;
  }
}
