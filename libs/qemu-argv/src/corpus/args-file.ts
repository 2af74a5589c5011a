/**
 * Files of the form NAME.args: a command line as a shell would take it, one option with its value a line, a backslash at the end of
 * every line but the last. Environment comes first, then the program.
 */
export interface CommandLine {
  readonly environment: Readonly<Record<string, string>>;
  readonly program: string;
  readonly argv: readonly string[];
}

const assignment = /^([A-Za-z_][A-Za-z0-9_]*)=/;

/** @throws Error when a quote is left open or there is no program. */
export function parseArgsFile(text: string): CommandLine {
  const words = splitWords(text);
  const first = words.findIndex((word) => !assignment.test(word));
  const program = words[first];
  if (program === undefined) throw new Error('a command line without a program');
  const environment = words.slice(0, first).map((word): [string, string] => {
    const at = word.indexOf('=');
    return [word.slice(0, at), word.slice(at + 1)];
  });
  return { environment: Object.fromEntries(environment), program, argv: words.slice(first + 1) };
}

const piece = /'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\.)*)"|\\(?<escaped>.)|(?<plain>[^\s'"\\]+)|(?<blank>\s+)/sy;

function splitWords(text: string): string[] {
  const joined = text.replaceAll('\\\n', ' ');
  const words: string[] = [];
  let open: string | undefined;
  for (let at = 0; at < joined.length; at = piece.lastIndex) {
    piece.lastIndex = at;
    const groups = piece.exec(joined)?.groups;
    if (!groups) throw new Error(`an open quote at offset ${at}`);
    if (groups['blank'] === undefined) open = (open ?? '') + unquoted(groups);
    else if (open !== undefined) {
      words.push(open);
      open = undefined;
    }
  }
  return open === undefined ? words : [...words, open];
}

const unquoted = ({ single, double, escaped, plain }: Readonly<Record<string, string | undefined>>): string =>
  single ?? double?.replaceAll(/\\(.)/gs, '$1') ?? escaped ?? plain ?? '';

/** The text that `parseArgsFile` reads, ending in a newline. */
export function formatArgsFile({ environment, program, argv }: CommandLine): string {
  const lines = [...Object.entries(environment).map(([name, value]) => `${name}=${quote(value)}`), quote(program)];
  return `${[...lines, ...groupOptions(argv).map((group) => group.map(quote).join(' '))].join(' \\\n')}\n`;
}

/** Each option with what belongs to it. */
export function groupOptions(argv: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [];
  for (const argument of argv) {
    const last = groups.at(-1);
    if (!last || isOption(argument)) groups.push([argument]);
    else last.push(argument);
  }
  return groups;
}

const isOption = (argument: string): boolean => /^-[A-Za-z]/.test(argument);

const quote = (argument: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
