import type { FilterRefDef } from '@virtbus/libvirt-xml';
import { Refused, refused, type FilterDefinitions, type PlacedRule, type Variables } from './filter-rule.js';

const DEPTH_MAX = 32;

/** All rules of a filter and of those that it takes in, in the order in which they stand. @throws Refused */
export function placeRules(name: string, definitions: FilterDefinitions, variables: Variables): PlacedRule[] {
  const filter = definitions.get(name);
  if (!filter) throw new Refused(refused('filter_missing', `no nwfilter with matching name '${name}'`));
  return rulesOf(name, { definitions, variables, outer: [] });
}

interface Walk {
  readonly definitions: FilterDefinitions;
  readonly variables: Variables;
  readonly outer: readonly string[];
}

function rulesOf(name: string, { definitions, variables, outer }: Walk): PlacedRule[] {
  const filter = definitions.get(name);
  if (!filter) throw new Refused(refused('filter_missing', `referenced filter '${name}' is missing`));
  if (outer.includes(name) || outer.length > DEPTH_MAX) throw new Refused(refused('invalid', `filter '${name}' contains itself`));
  const { chain, priority: chainPriority = 0 } = filter;
  return filter.entry.flatMap((entry): PlacedRule[] => {
    if (entry.name === 'rule') return [{ chain, chainPriority, rule: entry.value, variables }];
    const inner = { ...parametersOf(entry.value.parameter), ...variables };
    return rulesOf(entry.value.filter, { definitions, variables: inner, outer: [...outer, name] });
  });
}

/** Parameters of one name are a list. */
export function parametersOf(parameters: FilterRefDef['parameter']): Variables {
  const lists: Record<string, string[]> = {};
  for (const { name, value } of parameters) (lists[name] ??= []).push(value);
  return lists;
}

/** Names of the filters that one takes in, itself among them; those that are missing too. */
export function closureOf(name: string, definitions: FilterDefinitions): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (one: string): void => {
    if (found.has(one)) return;
    found.add(one);
    for (const entry of definitions.get(one)?.entry ?? []) if (entry.name === 'filterref') visit(entry.value.filter);
  };
  visit(name);
  return found;
}
