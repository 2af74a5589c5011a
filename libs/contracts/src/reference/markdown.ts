/** What the generated pages are written with. */

export const code = (text: string): string => `\`${text}\``;

export const anchor = (id: string): string => `<a id="${id}"></a>`;

export const link = (text: string, target: string): string => `[${text}](${target})`;

export const fenced = (language: string, text: string): string[] => [`\`\`\`${language}`, text, '```'];

export const json = (value: unknown): string => JSON.stringify(value, undefined, 2);

/** A cell stays on one line and in its column, and what looks like a tag is shown. */
const cell = (text: string): string =>
  text
    .split(/(`[^`]*`|<a id="[\w-]+"><\/a>)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll('<', '&lt;')))
    .join('')
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ');

const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  row(head),
  `|${head.map(() => '---').join('|')}|`,
  ...rows.map(row),
];

export const page = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

/** Milliseconds as a reader says them. */
export function duration(ms: number): string {
  const units = [
    [86_400_000, 'day'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ] as const;
  const [size, unit] = units.find(([unitMs]) => ms >= unitMs && ms % unitMs === 0) ?? [1, 'ms'];
  const count = ms / size;
  return `${count} ${unit}${unit === 'day' && count !== 1 ? 's' : ''}`;
}
