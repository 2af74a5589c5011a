/**
 * Variables of a rule become values. Lists that share an iterator go on together and must be equally long; lists of different iterators
 * are combined each with each (libvirt `formatnwfilter`, "Element comparison by advanced variables").
 */
import { readVariable, type VariableAccess } from '@virtbus/libvirt-xml';
import { Refused, refused, type PlacedRule, type PlainRule, type Variables } from './filter-rule.js';

type Attributes = Readonly<Record<string, string>>;

/** One rule for each combination of values. @throws Refused */
export function fillVariables({ chain, rule, variables }: PlacedRule): PlainRule[] {
  const { action, direction, priority, statematch: stateMatch = true } = rule;
  const [match] = rule.match;
  const common = { chain, action, direction, priority, stateMatch, protocol: match?.name };
  const written = attributesOf(match?.value);
  return combinations(written, variables).map((attributes) => ({ ...common, attributes }));
}

const attributesOf = (value: object | undefined): Attributes =>
  Object.fromEntries(Object.entries(value ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));

/** @throws Refused for a variable without a value, or lists that do not go together */
function combinations(written: Attributes, variables: Variables): Attributes[] {
  const uses = Object.entries(written).flatMap(([attribute, text]) => {
    const access = attribute === 'comment' ? undefined : readVariable(text);
    return access ? [{ attribute, access }] : [];
  });
  refuseUnresolved(
    uses.map(({ access }) => access),
    variables,
  );
  const rounds = roundsOf(
    uses.map(({ access }) => access),
    variables,
  );
  const filled = rounds.map((round) => ({
    ...written,
    ...Object.fromEntries(uses.map(({ attribute, access }) => [attribute, valueOf(access, variables, round)])),
  }));
  return distinct(filled);
}

function refuseUnresolved(accesses: readonly VariableAccess[], variables: Variables): void {
  const missing = accesses.filter((access) => access.name === '' || variables[access.name]?.[lowestIndex(access)] === undefined);
  if (missing.length === 0) return;
  const words = [...new Set(missing.map((access) => (access.type === 'element' ? `${access.name}[${access.index}]` : access.name)))];
  throw new Refused(
    refused(
      'unresolved',
      `Cannot instantiate filter due to unresolvable variables or unavailable list elements: ${words.join(', ')}`,
      missing.map(({ name }) => name),
    ),
  );
}

const lowestIndex = (access: VariableAccess): number => (access.type === 'element' ? access.index : 0);

/** Where each iterator stands. */
type Round = ReadonlyMap<number, number>;

function roundsOf(accesses: readonly VariableAccess[], variables: Variables): Round[] {
  let rounds: Round[] = [new Map()];
  for (const [iterator, length] of [...lengthsOf(accesses, variables)].toSorted(([a], [b]) => b - a)) {
    rounds = rounds.flatMap((round) => Array.from({ length }, (_, index) => new Map([...round, [iterator, index]])));
  }
  return rounds;
}

function lengthsOf(accesses: readonly VariableAccess[], variables: Variables): ReadonlyMap<number, number> {
  const lengths = new Map<number, number>();
  for (const access of accesses) {
    if (access.type === 'element') continue;
    const length = variables[access.name]?.length ?? 0;
    if ((lengths.get(access.iterator) ?? length) !== length) {
      throw new Refused(refused('invalid', 'Cardinality of list items must be the same for processing them in parallel'));
    }
    lengths.set(access.iterator, length);
  }
  return lengths;
}

function valueOf(access: VariableAccess, variables: Variables, round: Round): string {
  const index = access.type === 'element' ? access.index : (round.get(access.iterator) ?? 0);
  return variables[access.name]?.[index] ?? '';
}

function distinct(filled: readonly Attributes[]): Attributes[] {
  const seen = new Set<string>();
  return filled.filter((one) => {
    const text = JSON.stringify(one);
    return !seen.has(text) && seen.add(text);
  });
}
