import { own } from './core/own.js';
import type { Command, Report, Spoken } from './command.js';
import { commands, type Entry } from './command-table.js';
import { Context, type Connect } from './context.js';
import { commandHelp } from './core/help.js';
import { lateGlobals, parseOpening, withLateGlobals, type Globals } from './core/global-options.js';
import { parseArguments } from './core/parse-arguments.js';
import { suggest } from './core/suggest.js';
import { Failure, failed, failureDocument, failureText, Misuse } from './failure.js';
import { helpText } from './help-pages.js';
import type { Surroundings } from './surroundings.js';
import { VERSION } from './version.js';

/** The words of a command line, and what they are to be done with. */
interface Invocation {
  readonly name: string;
  readonly words: readonly string[];
  readonly globals: Globals;
}

const RED = ['\u001b[31m', '\u001b[39m'] as const;

/** @see https://no-color.org */
const painter = ({ stderr, environment }: Surroundings): ((text: string) => string) =>
  stderr.isTTY && !environment['NO_COLOR'] ? (text) => `${RED[0]}${text}${RED[1]}` : (text) => text;

function entryOf(name: string): Entry {
  const entry = own(commands, name);
  if (entry) return entry;
  const meant = suggest(name, Object.keys(commands));
  throw new Misuse(`unknown command: '${name}'`, meant === undefined ? "See 'virtbus help'." : `Did you mean '${meant}'?`);
}

class Line {
  private globals: Globals;

  constructor(
    private readonly surroundings: Surroundings,
    private readonly connect: Connect,
    private readonly invocation: Invocation,
  ) {
    this.globals = invocation.globals;
  }

  async run(): Promise<number> {
    try {
      const { summary, load } = entryOf(this.invocation.name);
      const { default: command } = await load();
      return await this.obey(command, summary);
    } catch (error) {
      return this.fail(failed(undefined, error));
    }
  }

  private async obey(command: Command, summary: string): Promise<number> {
    const { name, words } = this.invocation;
    const parsed = parseArguments(name, { ...command.options, ...lateGlobals }, words);
    if (parsed.type === 'misuse') throw new Misuse(parsed.message);
    if (parsed.type === 'bad-value') throw new Failure([parsed.message], 'usage');
    if (parsed.type === 'help') {
      this.surroundings.stdout.write(commandHelp({ name, summary, ...command }));
      return 0;
    }
    this.globals = withLateGlobals(this.globals, parsed.values);
    const context = new Context(name, this.globals, this.surroundings, this.connect);
    try {
      return this.say(await command.run(parsed.values, context));
    } finally {
      await context.close();
    }
  }

  private say(answer: Report | Spoken): number {
    if ('exitStatus' in answer) {
      if (!answer.bare) this.blankLine();
      return answer.exitStatus;
    }
    const { json, quiet } = this.globals;
    if (json) this.surroundings.stdout.write(`${JSON.stringify(answer.json, null, 2)}\n`);
    else if (!(quiet && answer.chatter)) this.surroundings.stdout.write(answer.text);
    this.blankLine();
    return 0;
  }

  /** virsh leaves an empty line behind everything that it has run, also when that has failed. */
  private blankLine(): void {
    if (!this.globals.quiet && !this.globals.json) this.surroundings.stdout.write('\n');
  }

  private fail(thrown: unknown): number {
    if (!(thrown instanceof Failure)) throw thrown;
    const { stderr } = this.surroundings;
    const json = this.globals.json || this.invocation.words.includes('--json');
    stderr.write(json ? `${JSON.stringify(failureDocument(thrown))}\n` : failureText(thrown, painter(this.surroundings)));
    if (!json && !(thrown instanceof Misuse)) this.blankLine();
    return thrown.exitStatus;
  }
}

/**
 * Runs one command line.
 * @returns the exit status: 0 when it was done, 1 when not, 130 when Ctrl-C ended the waiting
 */
export async function runCommandLine(words: readonly string[], surroundings: Surroundings, connect: Connect): Promise<number> {
  const opening = parseOpening(words);
  if (opening.type === 'version') {
    surroundings.stdout.write(`${VERSION}\n`);
    return 0;
  }
  if (opening.type === 'misuse') {
    surroundings.stderr.write(failureText(new Misuse(opening.message), painter(surroundings)));
    return 1;
  }
  if (opening.type === 'help' || opening.command === undefined) {
    surroundings.stdout.write(helpText());
    return 0;
  }
  const { command: name, words: rest, globals } = opening;
  return new Line(surroundings, connect, { name, words: rest, globals }).run();
}
