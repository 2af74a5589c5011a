import type { NwfilterDef } from '@virtbus/libvirt-xml';

/** Filters that one takes in, by name. */
export const includedBy = ({ entry }: NwfilterDef): string[] =>
  entry.flatMap((each) => (each.name === 'filterref' ? [each.value.filter] : []));

/** Whether filters reachable from `names` include `name`. `of` answers what one takes in; a filter that there is not takes in nothing. */
export async function reaches(
  name: string,
  names: readonly string[],
  of: (filter: string) => Promise<readonly string[]>,
): Promise<boolean> {
  const seen = new Set<string>();
  const waiting = [...names];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === name) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    waiting.push(...(await of(next)));
  }
  return false;
}
