/** One decision record: its file name and its text. */
export interface Record {
  readonly file: string;
  readonly text: string;
}

const FILE = /^(?<number>\d{4})-[a-z0-9-]+\.md$/;
const HEADING = /^# (?:\d{4}[.:]? )?(?<title>.+)$/m;
const STATUS = /^\*{0,2}Status:?\*{0,2}:? *(?<status>.+)$/im;

/**
 * The index of the decision records, in the order of their numbers.
 * @throws Error when a file is not named NNNN-title.md, has no heading, or shares its number.
 */
export function adrIndex(records: readonly Record[]): string {
  const rows = records
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
    .map(({ file, text }) => {
      const number = FILE.exec(file)?.groups?.['number'];
      const title = HEADING.exec(text)?.groups?.['title'];
      if (number === undefined) throw new Error(`docs/adr/${file}: a decision record is named NNNN-title.md`);
      if (title === undefined) throw new Error(`docs/adr/${file}: the first heading is the decision's title`);
      return { number, file, title, status: STATUS.exec(text)?.groups?.['status'] ?? 'accepted' };
    });
  const twice = rows.find((row, index) => rows[index + 1]?.number === row.number);
  if (twice) throw new Error(`docs/adr: two records have the number ${twice.number}`);
  return [
    '<!-- Made by `npm run docs` from the records beside it. -->',
    '# Decisions',
    '',
    'One page each: context, decision, consequences including the bad ones. A record is never edited, only superseded by a later one.',
    '',
    '| | decision | status |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.number} | [${row.title}](${row.file}) | ${row.status} |`),
    '',
  ].join('\n');
}
