import { commands, groups } from './command-table.js';
import { globalHelp, groupHelp, type Group } from './core/help.js';

const groupOf = (keyword: string, title: string): Group => ({
  keyword,
  title,
  commands: Object.entries(commands)
    .filter(([, entry]) => entry.group === keyword)
    .map(([name, { summary }]) => ({ name, summary })),
});

const allGroups = (): Group[] => Object.entries(groups).map(([keyword, title]) => groupOf(keyword, title));

/** The page that `virtbus --help` shows. */
export const helpText = (): string => globalHelp(allGroups());

/** @returns undefined when no group has the keyword */
export function groupHelpText(keyword: string): string | undefined {
  const group = allGroups().find((each) => each.keyword === keyword);
  return group && groupHelp(group);
}
