/**
 * From a filter to the chains of one interface. Frames pass two levels, as under libvirt: rules about frames in chains by protocol, then
 * rules about packets above IP. What a level accepts goes on to the next one; what no rule of a level speaks of is accepted there.
 *
 *     out2 ─▶ out3 ─▶ (bridge) ─▶ in3 ─▶ in2 ─▶ guest
 */
import { chainConditions, isLayer2, layer2Conditions, reversed } from './layer2.js';
import { layer3Rules, type Family, type FlowState } from './layer3.js';
import type { Condition } from './condition.js';
import { fillVariables } from './fill-variables.js';
import { Refused, type FilterDefinitions, type FilterRefusal, type PlainRule, type Variables } from './filter-rule.js';
import { placeRules } from './place-rules.js';

/** `reject` is a drop that the sender is told of. */
export type Verdict = 'accept' | 'drop' | 'reject' | 'return' | 'continue' | { readonly jump: string };

export interface ChainRule {
  readonly conditions: readonly Condition[];
  readonly verdict: Verdict;
  /** What it wants of the packet's flow; rules about frames look at none. */
  readonly flow?: { readonly family: Family; readonly state: Exclude<FlowState, 'any'>; readonly protocol: number | undefined };
  readonly comment?: string;
}

export const rootChains = ['out2', 'in2', 'out3', 'in3'] as const;
export type RootChain = (typeof rootChains)[number];

export interface PortFilter {
  readonly type: 'filter';
  /** By name; the four roots are always there. */
  readonly chains: Readonly<Record<string, readonly ChainRule[]>>;
  /** Families whose flows are remembered. */
  readonly flows: readonly Family[];
}

export interface FilterWish {
  readonly filter: string;
  readonly definitions: FilterDefinitions;
  readonly variables: Variables;
}

/** Decides only: the same wish gives the same chains. */
export function compileFilter({ filter, definitions, variables }: FilterWish): PortFilter | FilterRefusal {
  try {
    const placed = placeRules(filter, definitions, variables);
    const priorities = new Map<string, number>();
    for (const { chain, chainPriority } of placed) if (!priorities.has(chain)) priorities.set(chain, chainPriority);
    const rules = placed.flatMap(fillVariables).toSorted((a, b) => a.priority - b.priority);
    const layer3 = layer3Chains(rules.filter((rule) => !isLayer2(rule)));
    const layer2 = layer2Chains(rules.filter(isLayer2), priorities);
    return { type: 'filter', chains: { ...layer2, out3: layer3.out, in3: layer3.in }, flows: flowsOf([...layer3.out, ...layer3.in]) };
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

type Direction = 'in' | 'out';

/** Of frames nobody is told anything, as under libvirt. */
const frameVerdicts = { accept: 'accept', drop: 'drop', reject: 'drop', return: 'return', continue: 'continue' } as const;

interface Placed {
  readonly priority: number;
  readonly rule: ChainRule;
}

function layer2Chains(rules: readonly PlainRule[], priorities: ReadonlyMap<string, number>): Record<string, readonly ChainRule[]> {
  const chains: Record<string, readonly ChainRule[]> = {};
  for (const direction of ['out', 'in'] as const) {
    const mine = rules.filter((rule) => rule.direction === direction || rule.direction === 'inout');
    const names = [...new Set(mine.map(({ chain }) => chain))].filter((chain) => chain !== 'root');
    for (const name of names) {
      chains[`${direction}2.${name}`] = mine.filter(({ chain }) => chain === name).map((rule) => layer2Rule(rule, direction));
    }
    const jumps = names.map((name): Placed => ({
      priority: priorities.get(name) ?? 0,
      rule: { conditions: chainConditions(name), verdict: { jump: `${direction}2.${name}` } },
    }));
    const own = mine
      .filter(({ chain }) => chain === 'root')
      .map((rule): Placed => ({ priority: rule.priority, rule: layer2Rule(rule, direction) }));
    // Stable: at one priority the chains come before the rules.
    chains[`${direction}2`] = [...jumps, ...own].toSorted((a, b) => a.priority - b.priority).map(({ rule }) => rule);
  }
  return chains;
}

/** A rule for both directions is written as seen by what comes in. */
function layer2Rule(rule: PlainRule, direction: Direction): ChainRule {
  const attributes = rule.direction === 'inout' && direction === 'out' ? reversed(rule.attributes) : rule.attributes;
  if (rule.protocol === 'stp' && direction === 'out' && rule.direction === 'inout') return layer2Rule({ ...rule, direction: 'out' }, 'out');
  return { conditions: layer2Conditions(rule, attributes), verdict: frameVerdicts[rule.action], ...commentOf(rule) };
}

function layer3Chains(rules: readonly PlainRule[]): Record<Direction, readonly ChainRule[]> {
  const chains: Record<Direction, ChainRule[]> = { in: [], out: [] };
  for (const rule of rules) {
    for (const { direction, family, conditions, state, protocol } of layer3Rules(rule)) {
      const flow = state === 'any' ? {} : { flow: { family, state, protocol } };
      chains[direction].push({ conditions, verdict: rule.action, ...flow, ...commentOf(rule) });
    }
  }
  return chains;
}

const commentOf = ({ attributes: { comment } }: PlainRule): { readonly comment?: string } => (comment === undefined ? {} : { comment });

const flowsOf = (rules: readonly ChainRule[]): Family[] =>
  (['ipv4', 'ipv6'] as const).filter((family) => rules.some(({ flow }) => flow?.family === family));
