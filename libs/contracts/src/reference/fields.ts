import { plainToInstance } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';
import type { PayloadClass } from '../contract.js';

export interface Rule {
  /** Where class-validator's own rules and ours keep their name. */
  readonly name: string;
  /** The rule is about each item of a list. */
  readonly each: boolean;
  readonly limit: unknown;
}

export interface Field {
  readonly name: string;
  readonly optional: boolean;
  /** The class of the field's value, or of each item of its list. */
  readonly nested: PayloadClass | undefined;
  readonly list: boolean;
  readonly rules: readonly Rule[];
  /** The class that declares the field: the payload's own or one that it extends. */
  readonly declaredBy: string;
}

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** The fields of a payload class as its decorators declare them, inherited ones first. */
export function fieldsOf(payload: PayloadClass): Field[] {
  const storage = getMetadataStorage();
  const metadata = storage.getTargetValidationMetadatas(payload, '', false, false);
  const inheritedFirst = metadata.toSorted((a, b) => depthOf(payload, b) - depthOf(payload, a));
  return Object.entries(storage.groupByPropertyName(inheritedFirst)).map(([name, rules]) => fieldOf(payload, name, rules));
}

/** How many classes lie between the payload and the one that declares the rule. */
function depthOf(payload: PayloadClass, { target }: Metadata): number {
  let depth = 0;
  for (let at: unknown = payload; at !== target && typeof at === 'function'; at = Object.getPrototypeOf(at) as unknown) depth += 1;
  return depth;
}

function fieldOf(payload: PayloadClass, name: string, metadata: readonly Metadata[]): Field {
  const nesting = metadata.find((one) => one.type === 'nestedValidation');
  const each = nesting?.each ?? false;
  // Decorators of a field are called from the last to the first.
  const rules = metadata
    .filter((one) => one.type === 'customValidation')
    .map(ruleOf)
    .toReversed();
  const [first] = metadata;
  return {
    name,
    optional: metadata.some((one) => one.type === 'conditionalValidation'),
    nested: nesting && nestedClass(payload, name, each),
    list: each || rules.some((rule) => rule.name === 'isArray'),
    rules,
    declaredBy: typeof first?.target === 'function' ? first.target.name : payload.name,
  };
}

const ruleOf = ({ name, each, constraints }: Metadata): Rule => {
  const limits: readonly unknown[] | undefined = constraints;
  return { name: name ?? '', each, limit: limits?.[0] };
};

/**
 * Asks class-transformer what it makes of the field, since it shows its own metadata to nobody.
 * @throws Error when the field has no `@Type`: its value would be checked against nothing.
 */
function nestedClass(payload: PayloadClass, name: string, each: boolean): PayloadClass {
  const made: unknown = Reflect.get(plainToInstance(payload, { [name]: each ? [{}] : {} }), name);
  const value: unknown = Array.isArray(made) ? made[0] : made;
  const nested: unknown = typeof value === 'object' && value !== null ? value.constructor : undefined;
  if (!isClass(nested) || nested === Object) throw new Error(`${payload.name}.${name} is nested and has no @Type`);
  return nested;
}

const isClass = (value: unknown): value is PayloadClass => typeof value === 'function';
