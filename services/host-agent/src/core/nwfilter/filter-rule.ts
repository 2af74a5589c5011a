/** What an interface's filter comes to, step by step: rules in order, their variables filled in, then conditions that nftables knows. */
import type { FilterRuleDef, NwfilterDef, RuleProtocol } from '@virtbus/libvirt-xml';

/** Values of variables by name. A list has several; the interface's own values outweigh those of included filters. */
export type Variables = Readonly<Record<string, readonly string[]>>;

/** Definitions of filters by name. */
export type FilterDefinitions = ReadonlyMap<string, NwfilterDef>;

/** A filter cannot be applied. `kind` names what is wrong, `words` are libvirt's where it has some. */
export interface FilterRefusal {
  readonly type: 'refused';
  readonly kind: 'filter_missing' | 'unresolved' | 'unsupported' | 'invalid';
  readonly words: string;
  /** Variables that have no value. */
  readonly missing?: readonly string[];
}

export const refused = (kind: FilterRefusal['kind'], words: string, missing?: readonly string[]): FilterRefusal => ({
  type: 'refused',
  kind,
  words,
  ...(missing ? { missing } : {}),
});

/** Thrown between the functions here and caught by `compileFilter`: no part of a refused filter is of use. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(readonly refusal: FilterRefusal) {
    super(refusal.words);
  }
}

/** A rule of one of the filters, in the chain of that filter, with the variables that hold there. */
export interface PlacedRule {
  readonly chain: string;
  readonly chainPriority: number;
  readonly rule: FilterRuleDef;
  readonly variables: Variables;
}

/** A rule whose variables have values. Without a protocol it is for every frame. */
export interface PlainRule {
  readonly chain: string;
  readonly action: FilterRuleDef['action'];
  readonly direction: FilterRuleDef['direction'];
  readonly priority: number;
  /** False: accepted whatever the state of the connection. */
  readonly stateMatch: boolean;
  readonly protocol: RuleProtocol | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}
