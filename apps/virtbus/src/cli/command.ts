import type { Context } from './context.js';
import { formatLines } from './core/text-table.js';
import type { OptionTable, Values, ValuesOf } from './core/options.js';

/** What a command has to say: for people, and for programs (`--json`). */
export interface Report {
  /** Whole lines, or nothing. */
  readonly text: string;
  readonly json: unknown;
  /** It says only that the command worked: `-q` leaves it out. */
  readonly chatter?: true;
}

/** The answer of a command that has printed for itself as it went. */
export interface Spoken {
  readonly exitStatus: number;
  /** Nothing follows what it printed, not even the empty line. */
  readonly bare?: true;
}

export interface CommandShape<T extends OptionTable> {
  /** The help page's paragraph. */
  readonly about: string;
  readonly example: string;
  readonly options: T;
  run(values: ValuesOf<T>, context: Context): Promise<Report | Spoken>;
}

export type Command = CommandShape<OptionTable> & { run(values: Values, context: Context): Promise<Report | Spoken> };

/** Declares a command; the options' types reach `run`. */
export const command = <const T extends OptionTable>(shape: CommandShape<T>): Command => shape;

/** One line that says that the command worked. */
export const done = (text: string, json: unknown): Report => ({ text: `${text}\n`, json, chatter: true });

/** Lines that were asked for. */
export const told = (texts: readonly string[], json: unknown): Report => ({ text: formatLines(texts), json });
