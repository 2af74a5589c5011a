import { own } from './core/own.js';
import { commands, groups } from './command-table.js';
import { globalHelp, groupHelp, type Group, type Page } from './core/help.js';
import type { PageGroup } from './core/reference-page.js';

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

export async function pageOf(name: string): Promise<Page | undefined> {
  const entry = own(commands, name);
  if (!entry) return undefined;
  const { default: described } = await entry.load();
  return { name, summary: entry.summary, ...described };
}

async function pagesOf({ title, commands: members }: Group): Promise<PageGroup> {
  const pages = await Promise.all(members.map(({ name }) => pageOf(name)));
  return { title, pages: pages.filter((page) => page !== undefined) };
}

/** Loads every command. */
export const everyPage = (): Promise<PageGroup[]> => Promise.all(allGroups().map(pagesOf));
