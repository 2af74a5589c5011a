import type { Spoken } from '@virtbus/testing';

/** A command line of virsh and what came of it. */
export interface Exchange {
  readonly chapter: string;
  readonly line: string;
  /** `|` a line of standard output, `!` of standard error, `=` an exit status that is not 0. */
  readonly answer: string;
}

/** Runs virsh with these arguments, connected to whatever is examined. */
export type Speaker = (args: readonly string[]) => Spoken | Promise<Spoken>;

export interface Surroundings {
  /** The folder that `@` stands for: fixtures in, and what pools hold. */
  readonly directory: string;
  readonly uri: string;
}

/** `# chapter` lines and command lines; words may be in single quotes. */
export function* commandsOf(text: string): Generator<{ readonly chapter: string; readonly line: string }> {
  let chapter = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) chapter = line.slice(2);
    else if (line !== '') yield { chapter, line };
  }
}

const wordsOf = (line: string): string[] => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

const marked = (mark: string, text: string): string => text.replace(/\n$/, '').replace(/^/gm, mark).replace(/$/, '\n');

/**
 * Leaves out what differs from one run to the next and says nothing of who answers: where the fixtures lie, the address of the
 * server, numbers of running domains, processor time, amounts of free memory, the number of a terminal or display.
 */
function normalized(text: string, { directory, uri }: Surroundings): string {
  return text
    .replaceAll(`${directory}/files`, '@FILES@')
    .replaceAll(`${directory}/`, '@')
    .replaceAll(uri, 'URI')
    .replace(/^ (\d+)( +)(?=\S)/gm, (_, id: string, gap: string) => ` #${' '.repeat(id.length + gap.length - 1)}`)
    .replace(/^\d+$/gm, '#')
    .replace(/^(Id: +)\d+$/gm, '$1#')
    .replace(/^(CPU time: +)[\d.]+s$/gm, '$1…')
    .replace(/^((?:CPU|Core|Thread|NUMA|Memory)[^:]*: +)\d+/gm, '$1N')
    .replace(/ *\b\d{7,}(?= KiB$)/gm, ' N')
    .replace(/\d+\.\d\d GiB/g, 'N GiB')
    .replace(/(?<=unit='bytes'>)\d{9,}/g, 'N')
    .replace(/"libvirt-\d+"/g, '"libvirt-N"')
    .replace(/(<domain type='\w+' id=')\d+/g, '$1#')
    .replace(/(?<=127\.0\.0\.1:)\d+$/gm, 'N')
    .replace(/(?<=<[amc]time>)[\d.]+/g, 'TIME')
    .replace(/\/dev\/pts\/\d+/g, '/dev/pts/N')
    .replace(/^ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d/gm, ' TIME');
}

/** Speaks every command in turn. */
export async function converse(commands: string, speak: Speaker, surroundings: Surroundings): Promise<Exchange[]> {
  const exchanges: Exchange[] = [];
  for (const { chapter, line } of commandsOf(commands)) {
    const { status, stdout, stderr } = await speak(wordsOf(line).map((word) => placed(word, surroundings)));
    const said = (mark: string, text: string) => (text === '' ? '' : marked(mark, normalized(text, surroundings)));
    exchanges.push({ chapter, line, answer: said('|', stdout) + said('!', stderr) + (status === 0 ? '' : `=${status}\n`) });
  }
  return exchanges;
}

const placed = (word: string, { directory }: Surroundings): string =>
  word.replace('@FILES@', `${directory}/files`).replace(/^@(?=\w)/, `${directory}/`);

export const writeTranscript = (exchanges: readonly Exchange[]): string =>
  exchanges
    .map(({ chapter, line, answer }, index) => `${chapter === exchanges[index - 1]?.chapter ? '' : `# ${chapter}\n`}$ ${line}\n${answer}`)
    .join('');

export function readTranscript(text: string): Exchange[] {
  const exchanges: { chapter: string; line: string; answer: string }[] = [];
  let chapter = '';
  for (const line of text.split('\n')) {
    const last = exchanges.at(-1);
    if (line.startsWith('# ')) chapter = line.slice(2);
    else if (line.startsWith('$ ')) exchanges.push({ chapter, line: line.slice(2), answer: '' });
    else if (last && line !== '') last.answer += `${line}\n`;
  }
  return exchanges;
}
