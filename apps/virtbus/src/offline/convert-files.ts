/** One conversion over many files: to standard output, or to a file for each in a directory. */
import { basename, join } from 'node:path';
import { done, type Report } from '../cli/command.js';
import type { Context } from '../cli/context.js';
import { Failure } from '../cli/failure.js';
import { readXml } from '../cli/input-file.js';
import { refusalOf } from './refusal.js';

export interface Conversion {
  readonly files: readonly string[];
  /** Directory for NAME with the ending, or NAME.err where a file is refused. */
  readonly out: string | undefined;
  /** `.args` */
  readonly ending: string;
  /** @throws LibvirtError for XML that is refused */
  readonly convert: (xml: string) => string;
}

export const convertFiles = (context: Context, conversion: Conversion): Promise<Report> =>
  conversion.out === undefined ? print(context, conversion) : write(context, conversion, conversion.out);

/** The first file that is refused ends it. */
async function print(context: Context, { files, convert }: Conversion): Promise<Report> {
  const texts: string[] = [];
  for (const file of files) {
    const xml = await readXml(context, file);
    try {
      texts.push(convert(xml));
    } catch (error) {
      throw refusalOf(`Failed to convert ${file}`, error);
    }
  }
  const converted = files.map((file, index) => ({ file, text: texts[index] }));
  return { text: texts.join('\n'), json: converted };
}

/** What became of one file. */
type Outcome = { readonly file: string } & ({ readonly written: string } | { readonly refused: string });

async function write(context: Context, conversion: Conversion, directory: string): Promise<Report> {
  const { files, ending } = conversion;
  const names = files.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Failure([`two files would be written as '${twice}${ending}'`], 'usage');

  const outcomes: Outcome[] = [];
  for (const file of files) outcomes.push(await writeOne(context, conversion, { file, stem: join(directory, nameOf(file)) }));
  const refused = outcomes.filter((outcome) => 'refused' in outcome).length;
  return done(`${outcomes.length - refused} of ${outcomes.length} files written to ${directory}, ${refused} refused`, outcomes);
}

const nameOf = (file: string): string => (file === '-' ? 'stdin' : basename(file, '.xml'));

/** An answer of an earlier run that no longer holds is removed. */
async function writeOne(context: Context, { convert, ending }: Conversion, place: { file: string; stem: string }): Promise<Outcome> {
  const { file, stem } = place;
  const answer = answerOf(convert, await readXml(context, file));
  if (answer.refused === undefined) {
    await replace(context, { written: `${stem}${ending}`, removed: `${stem}.err`, text: answer.text });
    return { file, written: `${stem}${ending}` };
  }
  await replace(context, { written: `${stem}.err`, removed: `${stem}${ending}`, text: `${answer.refused}\n` });
  return { file, refused: answer.refused };
}

type Answer = { readonly text: string; readonly refused?: undefined } | { readonly refused: string };

function answerOf(convert: Conversion['convert'], xml: string): Answer {
  try {
    return { text: convert(xml) };
  } catch (error) {
    return { refused: refusalOf(undefined, error).message };
  }
}

async function replace(
  { surroundings }: Context,
  { written, removed, text }: Record<'written' | 'removed' | 'text', string>,
): Promise<void> {
  try {
    await surroundings.writeFile(written, text);
    await surroundings.removeFile(removed);
  } catch (error) {
    throw new Failure([`Failed to write '${written}': ${error instanceof Error ? error.message : String(error)}`], 'file_unwritable');
  }
}
