/** The options that stand before the command. */
import { own } from './own.js';
import { wholeNumber, type OptionTable, type Values } from './options.js';

export interface Globals {
  readonly url?: string;
  /** `^]` */
  readonly escape: string;
  readonly json: boolean;
  readonly quiet: boolean;
  /** How long to wait for the outcome of a command. Seconds. */
  readonly waitSeconds: number;
  /** How long a server or a gateway has to be there. Seconds. */
  readonly connectSeconds: number;
}

export const DEFAULT_ESCAPE = '^]';
export const DEFAULT_WAIT_SECONDS = 60;
export const DEFAULT_CONNECT_SECONDS = 3;

export const defaultGlobals: Globals = {
  escape: DEFAULT_ESCAPE,
  json: false,
  quiet: false,
  waitSeconds: DEFAULT_WAIT_SECONDS,
  connectSeconds: DEFAULT_CONNECT_SECONDS,
};

/** Those that may also stand after the command. */
export const lateGlobals = {
  json: { kind: 'flag', about: 'one JSON document on standard output' },
  url: { kind: 'text', namedOnly: true, about: 'address of the NATS server, or of a gateway; several with commas' },
  wait: { kind: 'number', namedOnly: true, about: 'seconds to wait for the outcome' },
  'connect-timeout': { kind: 'number', namedOnly: true, about: 'seconds that a server or gateway has to be there' },
} as const satisfies OptionTable;

export const withLateGlobals = (globals: Globals, values: Values): Globals => ({
  ...globals,
  json: globals.json || values['json'] === true,
  ...(typeof values['url'] === 'string' ? { url: values['url'] } : {}),
  ...(typeof values['wait'] === 'number' ? { waitSeconds: values['wait'] } : {}),
  ...(typeof values['connect-timeout'] === 'number' ? { connectSeconds: values['connect-timeout'] } : {}),
});

export type Opening =
  | { readonly type: 'command'; readonly globals: Globals; readonly command: string | undefined; readonly words: readonly string[] }
  | { readonly type: 'help' }
  | { readonly type: 'version' }
  | { readonly type: 'misuse'; readonly message: string };

interface GlobalOption {
  readonly name: 'help' | 'quiet' | 'version' | 'json' | 'connect' | 'escape' | 'wait' | 'connect-timeout';
  readonly takesValue?: true;
  /** As errors show it. */
  readonly shown?: string;
}

const CONNECT: GlobalOption = { name: 'connect', takesValue: true, shown: "'-c'/'--connect'" };
const ESCAPE: GlobalOption = { name: 'escape', takesValue: true, shown: "'-e'/'--escape'" };

const LONG: Readonly<Record<string, GlobalOption>> = {
  help: { name: 'help' },
  quiet: { name: 'quiet' },
  version: { name: 'version' },
  json: { name: 'json' },
  connect: CONNECT,
  url: CONNECT,
  escape: ESCAPE,
  wait: { name: 'wait', takesValue: true, shown: "'--wait'" },
  'connect-timeout': { name: 'connect-timeout', takesValue: true, shown: "'--connect-timeout'" },
};

const SHORT: Readonly<Record<string, GlobalOption>> = {
  h: { name: 'help' },
  q: { name: 'quiet' },
  v: { name: 'version' },
  c: CONNECT,
  e: ESCAPE,
};

class Unreadable extends Error {}

const unsupported = (word: string): Unreadable => new Unreadable(`unsupported option '${word}'. See --help.`);

/** Reads the words before the command, and leaves the rest. */
class OpeningReader {
  readonly given = new Map<GlobalOption['name'], string>();

  constructor(private readonly rest: string[]) {}

  read(): void {
    while (this.rest[0]?.startsWith('-') && this.rest[0] !== '-') {
      const word = this.rest.shift() ?? '';
      if (word === '--') return;
      if (word.startsWith('--')) this.readLong(word);
      else this.readShort(word.slice(1));
    }
  }

  /** `--quiet`, `--connect=URL`, `--connect URL` */
  private readLong(word: string): void {
    const end = word.includes('=') ? word.indexOf('=') : word.length;
    const name = word.slice(2, end);
    const option = own(LONG, name);
    if (!option || (end < word.length && !option.takesValue)) throw unsupported(word);
    this.take(option, end < word.length ? word.slice(end + 1) : undefined);
  }

  /** `q`, `cURL`, `qc` and then the URL */
  private readShort(letters: string): void {
    const letter = letters.slice(0, 1);
    const option = own(SHORT, letter);
    if (!option) throw unsupported(`-${letter}`);
    const more = letters.slice(1);
    this.take(option, more === '' ? undefined : more);
    if (!option.takesValue && more !== '') this.readShort(more);
  }

  private take({ name, takesValue, shown }: GlobalOption, inline: string | undefined): void {
    const value = takesValue ? (inline ?? this.rest.shift()) : '';
    if (value === undefined) throw new Unreadable(`option ${shown} requires an argument`);
    this.given.set(name, value);
  }
}

function secondsOf(name: 'wait' | 'connect-timeout', text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  const seconds = wholeNumber(text);
  if (seconds === undefined) throw new Unreadable(`Numeric value '${text}' for <${name}> option is malformed or out of range`);
  return seconds;
}

function escapeOf(text: string = DEFAULT_ESCAPE): string {
  if (!/^(?:\^[@-_a-z]|[ -~])$/.test(text)) throw new Unreadable(`'${text}' is no escape key: give one character, or ^ and a character`);
  return text;
}

function globalsOf(given: OpeningReader['given']): Globals {
  const url = given.get('connect');
  return {
    escape: escapeOf(given.get('escape')),
    json: given.has('json'),
    quiet: given.has('quiet'),
    waitSeconds: secondsOf('wait', given.get('wait'), DEFAULT_WAIT_SECONDS),
    connectSeconds: secondsOf('connect-timeout', given.get('connect-timeout'), DEFAULT_CONNECT_SECONDS),
    ...(url === undefined ? {} : { url }),
  };
}

export function parseOpening(words: readonly string[]): Opening {
  const rest = [...words];
  const reader = new OpeningReader(rest);
  try {
    reader.read();
    if (reader.given.has('help')) return { type: 'help' };
    if (reader.given.has('version')) return { type: 'version' };
    return { type: 'command', globals: globalsOf(reader.given), command: rest[0], words: rest.slice(1) };
  } catch (error) {
    if (error instanceof Unreadable) return { type: 'misuse', message: error.message };
    throw error;
  }
}
