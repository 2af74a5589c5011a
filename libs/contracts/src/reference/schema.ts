import type { Contract, PayloadClass } from '../contract.js';
import type { Comments } from './comments.js';
import { fieldsOf, type Field, type Rule } from './fields.js';
import type { JsonSchema } from './json-schema.js';
import { ruleRows } from './rules-table.js';

export interface SchemaOptions {
  /** Where the schema of another class is. */
  readonly refOf: (nested: PayloadClass) => string;
  readonly comments: Comments;
}

/** Every class that the contracts' messages are made of, by name. */
export const classesOf = (contracts: readonly Contract[]): PayloadClass[] =>
  classesIn(contracts.flatMap((contract) => ('reply' in contract ? [contract.payload, contract.reply] : [contract.payload])));

/** Classes and those of their fields, by name. @throws Error when two have one name */
export function classesIn(roots: readonly PayloadClass[]): PayloadClass[] {
  const found = new Map<string, PayloadClass>();
  const visit = (payload: PayloadClass): void => {
    const known = found.get(payload.name);
    if (known !== undefined && known !== payload) throw new Error(`two payload classes are named ${payload.name}`);
    if (known !== undefined) return;
    found.set(payload.name, payload);
    for (const { nested } of fieldsOf(payload)) if (nested) visit(nested);
  };
  for (const root of roots) visit(root);
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The JSON Schema of a payload class. Further fields are allowed, as readers ignore what they do not know.
 * @throws Error when a rule has no row in the table of rules: a schema never leaves one out in silence.
 */
export function schemaOf(payload: PayloadClass, { refOf, comments }: SchemaOptions): JsonSchema {
  const fields = fieldsOf(payload);
  return {
    title: payload.name,
    ...described(comments.get(payload.name)),
    type: 'object',
    properties: Object.fromEntries(
      fields.map((field) => [
        field.name,
        { ...fieldSchema(field, refOf), ...described(comments.get(`${field.declaredBy}.${field.name}`)) },
      ]),
    ),
    required: fields.filter((field) => !field.optional).map((field) => field.name),
    additionalProperties: true,
  };
}

const described = (description: string | undefined): JsonSchema => (description === undefined ? {} : { description });

function fieldSchema({ nested, list, rules }: Field, refOf: (nested: PayloadClass) => string): JsonSchema {
  const own = merged(rules.filter((rule) => !rule.each));
  const inner = nested ? { $ref: refOf(nested) } : merged(rules.filter((rule) => rule.each));
  if (list) return { ...own, items: inner };
  return nested ? { ...own, ...inner } : own;
}

const merged = (rules: readonly Rule[]): JsonSchema => rules.reduce<JsonSchema>((schema, rule) => ({ ...schema, ...ruleSchema(rule) }), {});

function ruleSchema({ name, limit }: Rule): JsonSchema {
  const row = ruleRows[name];
  if (!row) throw new Error(`no schema is known for the rule ${name}: give it a row in rules-table.ts`);
  return row.schema(limit);
}
