/** libvirt looks no further. */
const HIGHEST = 256;

/** The names to try for a network's bridge, in order: the given one alone, or a template's, lowest number first. */
export function bridgeNameCandidates(given: string | undefined): string[] {
  const template = given ?? 'virbr%d';
  if (!template.includes('%d')) return [template];
  return Array.from({ length: HIGHEST + 1 }, (_, number) => template.replace('%d', String(number)));
}

export const isChosenByUs = (given: string | undefined): boolean => given === undefined || given.includes('%d');
