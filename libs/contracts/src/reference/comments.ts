/** What stands above a class or a field in the source, by `Class` or `Class.field`: units and unsaid rules that no decorator holds. */
export type Comments = ReadonlyMap<string, string>;

const COMMENT = String.raw`(?:/\*\*(?<comment>(?:(?!\*/)[^])*)\*/\s*)?`;
/** As the formatter writes it: a class ends with a brace at the start of a line, unless it is empty. */
const CLASS = new RegExp(String.raw`${COMMENT}export class (?<name>\w+)[^{]*\{(?:\}|(?<body>[^]*?)\n\})`, 'g');
const FIELD = new RegExp(String.raw`${COMMENT}@[^]*?\breadonly (?<name>\w+)[!?]:`, 'g');

/** Reads the comments of the contracts' classes: decorators leave none of them at run time. */
export function commentsOf(sources: readonly string[]): Comments {
  const found = sources.flatMap((source) =>
    [...source.matchAll(CLASS)].flatMap(({ groups }) => {
      const name = groups?.['name'] ?? '';
      const fields = [...(groups?.['body'] ?? '').matchAll(FIELD)];
      return [
        [name, groups?.['comment']] as const,
        ...fields.map((field) => [`${name}.${field.groups?.['name']}`, field.groups?.['comment']] as const),
      ];
    }),
  );
  return new Map(found.flatMap(([name, comment]) => (comment === undefined ? [] : [[name, plainText(comment)]])));
}

const plainText = (comment: string): string =>
  comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trim())
    .join(' ')
    .trim();
