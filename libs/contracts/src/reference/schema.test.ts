import { IsEmail, IsString, ValidateNested } from 'class-validator';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf, check, contracts, type PayloadClass } from '../index.js';
import * as validators from '../validators.js';
import type { JsonSchema } from './json-schema.js';
import { classesOf, schemaOf } from './schema.js';

const schemas: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  classesOf(contracts).map((one) => [one.name, schemaOf(one, { comments: new Map(), refOf: ({ name }) => name })]),
);

type Test = (value: unknown, schema: JsonSchema) => boolean;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  object: isObject,
  array: Array.isArray,
};
const ifText = (value: unknown, holds: (text: string) => boolean): boolean => typeof value !== 'string' || holds(value);
const annotation: Test = () => true;

/** JSON Schema as its specification has it, for the keywords that are used; written without a look at the generator. */
const keywords: Readonly<Record<string, Test>> = {
  title: annotation,
  description: annotation,
  contentMediaType: annotation,
  additionalProperties: (value, { additionalProperties, properties = {} }) =>
    typeof additionalProperties !== 'object' ||
    !isObject(value) ||
    Object.entries(value).every(([name, one]) => Object.hasOwn(properties, name) || accepts(additionalProperties, one)),
  $ref: (value, schema) => accepts(schemas[schema.$ref!]!, value),
  type: (value, schema) => [schema.type!].flat().some((type) => types[type]!(value)),
  enum: (value, schema) => schema.enum!.some((one) => one === value),
  pattern: (value, schema) => ifText(value, (text) => new RegExp(schema.pattern!, 'u').test(text)),
  minLength: (value, schema) => ifText(value, (text) => Array.from(text).length >= schema.minLength!),
  maxLength: (value, schema) => ifText(value, (text) => Array.from(text).length <= schema.maxLength!),
  minimum: (value, schema) => typeof value !== 'number' || value >= schema.minimum!,
  maximum: (value, schema) => typeof value !== 'number' || value <= schema.maximum!,
  minItems: (value, schema) => !Array.isArray(value) || value.length >= schema.minItems!,
  maxItems: (value, schema) => !Array.isArray(value) || value.length <= schema.maxItems!,
  items: (value, schema) => !Array.isArray(value) || value.every((item) => accepts(schema.items!, item)),
  required: (value, schema) => !isObject(value) || schema.required!.every((name) => Object.hasOwn(value, name)),
  properties: (value, schema) =>
    !isObject(value) ||
    Object.entries(schema.properties!).every(([name, inner]) => !Object.hasOwn(value, name) || accepts(inner, value[name])),
};

function accepts(schema: JsonSchema, value: unknown): boolean {
  return Object.keys(schema).every((keyword) => {
    const holds = keywords[keyword];
    if (!holds) throw new Error(`this check does not know the keyword ${keyword}`);
    return holds(value, schema);
  });
}

const readerAccepts = (payload: PayloadClass, value: unknown): boolean => {
  try {
    check(payload, value);
    return true;
  } catch {
    return false;
  }
};

type Example = [name: string, payload: PayloadClass, example: unknown];
const examples: Example[] = contracts.flatMap((one): Example[] => [
  [addressOf(one), one.payload, one.example],
  ...('reply' in one ? [[`the reply of ${addressOf(one)}`, one.reply, one.replyExample] satisfies Example] : []),
]);

/**
 * Every value that comes of an example when one of its parts is taken away or is something else. Two laxities of the reader are
 * left out, where the schema says what is meant: it takes a list for an object, and does not miss an object that is required.
 */
function mutants(value: unknown): unknown[] {
  const isList = Array.isArray(value);
  const parts: [string, unknown][] = isList || isObject(value) ? Object.entries(value) : [];
  return parts.flatMap(([key, part]) => {
    const put = (other: unknown): unknown => (isList ? value.with(Number(key), other) : { ...(value as object), [key]: other });
    const others = ['', 'x', -1, 0, 1.5, true, {}, ...(isObject(part) ? [] : [[], undefined])];
    return [...others.map(put), ...mutants(part).map(put)].map(onTheWire);
  });
}
const onTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe.each(examples)('%s', (_, payload, example) => {
  test('its example is valid', () => expect(accepts(schemas[payload.name]!, example)).toBe(true));

  test('whatever of its example is changed, the schema and the reader agree', () => {
    for (const mutant of mutants(example)) {
      expect(accepts(schemas[payload.name]!, mutant), JSON.stringify(mutant)).toBe(readerAccepts(payload, mutant));
    }
  });
});

test('a broken example is seen', () => {
  const broken = { domain: 'demo', autostart: 'yes' };
  expect(accepts(schemas['SetDomainAutostart']!, broken)).toBe(false);
});

describe('a rule of ours', () => {
  class Ruled {
    @validators.IsLibvirtUuid() readonly uuid!: string;
    @validators.IsMacAddress() readonly mac!: string;
    @validators.IsHostId() readonly hostId!: string;
    @validators.IsLinkName() readonly link!: string;
    @validators.IsObjectName() readonly name!: string;
  }
  const { properties } = schemaOf(Ruled, { comments: new Map(), refOf: () => '' });
  const good = { uuid: 'c7a5fdbd-edaf-9455-926a-d65c16db1809', mac: '52:54:00:12:34:56', hostId: 'a', link: 'vnet0', name: 'demo' };
  const hex = fc.constantFrom(...Array.from('09afAFgG:-'));
  const likeUuid = fc
    .array(fc.string({ unit: hex, minLength: 3, maxLength: 13 }), { minLength: 4, maxLength: 6 })
    .map((parts) => parts.join('-'));
  const likeMac = fc
    .array(fc.string({ unit: hex, minLength: 1, maxLength: 3 }), { minLength: 5, maxLength: 7 })
    .map((parts) => parts.join(':'));
  const likeName = fc.string({ unit: fc.constantFrom(...Array.from('aZ09_-/. \t\n\0%')), maxLength: 70 });
  const long = fc.constantFrom(15, 16, 64, 65, 255, 256).map((length) => 'x'.repeat(length));

  test.each(Object.keys(good))('accepts and refuses as its pattern does: %s', (field) =>
    fc.assert(
      fc.property(fc.oneof(likeUuid, likeMac, likeName, long), (text) => {
        expect(accepts(properties![field]!, text), JSON.stringify(text)).toBe(readerAccepts(Ruled, { ...good, [field]: text }));
      }),
      { numRuns: 500 },
    ),
  );

  test('takes what is good', () => {
    for (const [field, text] of Object.entries(good)) expect(accepts(properties![field]!, text), field).toBe(true);
  });
});

test('a rule without a schema is refused by name', () => {
  class Letter {
    @IsEmail() readonly to!: string;
  }
  expect(() => schemaOf(Letter, { comments: new Map(), refOf: () => '' })).toThrow('isEmail');
});

test('a nested field without its type is refused by name', () => {
  class Inner {
    @IsString() readonly text!: string;
  }
  class Outer {
    @ValidateNested() readonly inner!: Inner;
  }
  expect(() => schemaOf(Outer, { comments: new Map(), refOf: () => '' })).toThrow('Outer.inner');
});
