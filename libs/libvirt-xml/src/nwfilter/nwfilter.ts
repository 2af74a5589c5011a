import { attr, child, mixed } from '../model/field.js';
import { element, leaf, type FieldsValue, type ValueOf } from '../model/element.js';
import { filled, oneOf, type Scalar } from '../model/scalar.js';
import { defined } from '../model/defined.js';
import { fault, unsupported, xmlError, type Place } from '../model/place.js';
import type { ReadContext } from '../model/read.js';
import { uuid } from '../formats/uuid.js';
import { isElement } from '../syntax/xml-node.js';
import { NWFILTER } from './nwfilter-module.js';
import { parameters } from './parameters.js';
import { protocols } from './protocols.js';

const internal = (at: Place, words: string) => fault(at, 'INTERNAL_ERROR', words, NWFILTER);

const DEFAULT_RULE_PRIORITY = 500;
const PRIORITY_MAX = 1000;

/** libvirt takes a priority that is none, or out of range, for the default one. */
const rulePriority: Scalar<number> = {
  label: `-${PRIORITY_MAX} to ${PRIORITY_MAX}; else ${DEFAULT_RULE_PRIORITY}`,
  read: (given) => (/^\s*[+-]?\d+$/.test(given) && Math.abs(Number(given)) <= PRIORITY_MAX ? Number(given) : DEFAULT_RULE_PRIORITY),
  write: String,
};

const stateMatch: Scalar<boolean> = {
  label: 'false | 0, else true',
  read: (given) => !['false', '0'].includes(given.toLowerCase()),
  write: String,
};

const rule = element(
  {
    action: attr(oneOf('drop', 'accept', 'reject', 'return', 'continue'), {
      required: (at) => internal(at, 'rule node requires action attribute'),
      invalid: (_, at) => unsupported(at, 'unknown rule action attribute value', NWFILTER),
    }),
    direction: attr(oneOf('in', 'out', 'inout'), {
      required: (at) => internal(at, 'rule node requires direction attribute'),
      invalid: (_, at) => unsupported(at, 'unknown rule direction attribute value', NWFILTER),
    }),
    priority: attr(rulePriority, { fallback: DEFAULT_RULE_PRIORITY }),
    statematch: attr(stateMatch, { blank: [true], doc: 'Whether connections are tracked by default.' }),
    match: mixed(protocols),
  },
  {
    doc: 'A rule without a protocol is for every frame.',
    refine: (value, at) => {
      checkProtocols(at);
      return value;
    },
  },
);

/** libvirt would take a protocol that it does not know for none at all, and the rule for one about every frame. */
function checkProtocols({ element: node }: Place): void {
  for (const found of node.children.filter(isElement)) {
    if (!Object.hasOwn(protocols, found.name)) {
      throw unsupported({ element: found }, `unknown protocol '${found.name}' in a rule`, NWFILTER);
    }
  }
  const [, second] = node.children.filter(isElement);
  if (second) throw unsupported({ element: second }, 'a rule matches one protocol only', NWFILTER);
}

const filterref = element({
  filter: attr(filled, { required: (at) => internal(at, 'rule node requires action attribute') }),
  parameter: parameters,
});

/** The chains that there are, and the place of each among the rules of the root chain. */
const chainPriorities: readonly (readonly [prefix: string, priority: number])[] = [
  ['mac', -800],
  ['vlan', -750],
  ['stp', 0],
  ['arp', -500],
  ['rarp', -400],
  ['ipv4', -700],
  ['ipv6', -600],
];
const CHAIN_CHARACTERS_MAX = 12;

const invalidArgument = (at: Place, words: string) => fault(at, 'INVALID_ARG', words, NWFILTER);

function checkChain(chain: string, at: Place): void {
  if (chain === 'root') return;
  if (chain.length > CHAIN_CHARACTERS_MAX) throw invalidArgument(at, `Name of chain is longer than ${CHAIN_CHARACTERS_MAX} characters`);
  if (!/^[A-Za-z0-9_.:-]*$/.test(chain)) throw invalidArgument(at, 'Chain name contains invalid characters');
  if (chainPriorities.some(([prefix]) => chain.startsWith(prefix))) return;
  const known = ['mac', 'vlan', 'stp', 'arp', 'rarp', 'ipv4', 'ipv6'].join(', ');
  throw invalidArgument(
    at,
    `Invalid chain name '${chain}'. Please use a chain name called 'root' or any of the following prefixes: ${known}`,
  );
}

const chainPriority: Scalar<number> = {
  label: `-${PRIORITY_MAX} to ${PRIORITY_MAX}`,
  read: (given) => (/^\s*[+-]?\d+$/.test(given) ? Number(given) : undefined),
  write: String,
};

const fields = {
  name: attr(filled, { required: (at) => internal(at, 'filter has no name') }),
  chain: attr(filled, { fallback: 'root', doc: 'root, or a name that begins with mac, vlan, stp, arp, rarp, ipv4 or ipv6.' }),
  priority: attr(chainPriority, {
    blank: [0],
    invalid: (given, at) => invalidArgument(at, `Could not parse chain priority '${given}'`),
    doc: "Of the chain among the root chain's rules.",
  }),
  uuid: child(leaf(uuid, { invalid: (_, at) => xmlError(at, 'malformed uuid element', NWFILTER) })),
  entry: mixed({ rule, filterref }),
};

/** A network filter: rules for a chain, and other filters that it takes in. */
export const nwfilter = element(fields, { refine: refineFilter });

function refineFilter(value: FieldsValue<typeof fields>, at: Place, { newUuid }: ReadContext): FieldsValue<typeof fields> {
  const { chain } = value;
  checkChain(chain, { ...at, attribute: 'chain' });
  const { priority: given } = value;
  if (given !== undefined && Math.abs(given) > PRIORITY_MAX) {
    const place = { ...at, attribute: 'priority' };
    throw invalidArgument(place, `Priority '${given}' is outside valid range of [-${PRIORITY_MAX},${PRIORITY_MAX}]`);
  }
  const usual = at.element.attributes.has('priority') ? undefined : usualPriority(chain);
  return { ...value, ...defined({ priority: given ?? usual, uuid: value.uuid ?? newUuid?.() }) };
}

/** Undefined for the root chain's, 0. */
const usualPriority = (chain: string): number | undefined => chainPriorities.find(([prefix]) => chain.startsWith(prefix))?.[1] || undefined;

export type NwfilterDef = FieldsValue<typeof fields>;
export type FilterRuleDef = ValueOf<typeof rule>;
export type FilterRefDef = ValueOf<typeof filterref>;
