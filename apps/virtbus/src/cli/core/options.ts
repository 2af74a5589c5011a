/** The options of a command, as virsh knows them: every one has a name, and those with a value may also stand by position. */

interface Described {
  /** One line of the help page. */
  readonly about: string;
}

export interface FlagOption extends Described {
  readonly kind: 'flag';
}

interface Valued extends Described {
  /** Only `--name VALUE` gives it; by default a bare word does too, in the order of the table. */
  readonly namedOnly?: true;
}

export interface TextOption extends Valued {
  readonly kind: 'text';
  readonly required?: true;
}

export interface NumberOption extends Valued {
  readonly kind: 'number';
  /** Bytes of a file, from none up; else a number from 1 up. */
  readonly of?: 'bytes';
}

/** Takes every word that nothing before it takes. */
export interface ListOption extends Valued {
  readonly kind: 'list';
  /** There must be at least one. */
  readonly required: true;
}

/** The same, and there may be none: then the value is absent. */
export interface OptionalListOption extends Valued {
  readonly kind: 'optional-list';
}

export type OptionSpec = FlagOption | TextOption | NumberOption | ListOption | OptionalListOption;
/** In the order in which bare words fill them. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

export type OptionValue = string | number | boolean | readonly string[] | undefined;
export type Values = Readonly<Record<string, OptionValue>>;

type ValueOf<O extends OptionSpec> = O extends FlagOption
  ? boolean
  : O extends NumberOption
    ? number | undefined
    : O extends ListOption
      ? readonly string[]
      : O extends OptionalListOption
        ? readonly string[] | undefined
        : O extends { readonly required: true }
          ? string
          : string | undefined;

export type ValuesOf<T extends OptionTable> = { readonly [Name in keyof T]: ValueOf<T[Name]> };

/** What stands for the value in help pages and usage errors. */
export const valueName = (option: OptionSpec): string => (option.kind === 'number' ? '<number>' : '<string>');

/** A number in decimal digits, within what the option takes. */
export function wholeNumber(text: string, { of }: Pick<NumberOption, 'of'> = {}): number | undefined {
  const number = Number(text);
  const [least, most] = of === 'bytes' ? [0, Number.MAX_SAFE_INTEGER] : [1, 2 ** 31];
  return /^\d+$/.test(text) && number >= least && number <= most ? number : undefined;
}
