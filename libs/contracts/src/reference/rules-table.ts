import { MAX_XML_BYTES } from '../validators.js';
import type { JsonSchema } from './json-schema.js';

/** What a field rule says outside of TypeScript: to a validator, and to a reader. `words` are Markdown. */
export interface RuleRow {
  readonly schema: (limit: unknown) => JsonSchema;
  readonly words: (limit: unknown) => string;
}

const fixed = (words: string, schema: JsonSchema): RuleRow => ({ schema: () => schema, words: () => words });

const number = (limit: unknown): number => {
  if (typeof limit === 'number') return limit;
  throw new TypeError(`a limit is a number, not ${String(limit)}`);
};

const texts = (limit: unknown): readonly string[] => {
  if (Array.isArray(limit) && limit.every((value): value is string => typeof value === 'string')) return limit;
  throw new TypeError(`an enumeration is a list of texts, not ${String(limit)}`);
};

/** By the name under which class-validator keeps a rule. A validator counts characters where virtbus counts bytes of UTF-8. */
export const ruleRows: Readonly<Record<string, RuleRow>> = {
  isString: fixed('text', { type: 'string' }),
  isBoolean: fixed('boolean', { type: 'boolean' }),
  isInt: fixed('integer', { type: 'integer' }),
  isObject: fixed('object', { type: 'object' }),
  isArray: fixed('list', { type: 'array' }),
  isIn: {
    schema: (limit) => ({ type: 'string', enum: texts(limit) }),
    words: (limit) =>
      texts(limit)
        .map((text) => `\`${text}\``)
        .join(' or '),
  },
  min: { schema: (limit) => ({ minimum: number(limit) }), words: (limit) => `at least ${number(limit)}` },
  max: { schema: (limit) => ({ maximum: number(limit) }), words: (limit) => `at most ${number(limit)}` },
  maxLength: { schema: (limit) => ({ maxLength: number(limit) }), words: (limit) => `at most ${number(limit)} characters` },
  arrayMinSize: { schema: (limit) => ({ minItems: number(limit) }), words: (limit) => `at least ${number(limit)}` },
  arrayMaxSize: { schema: (limit) => ({ maxItems: number(limit) }), words: (limit) => `at most ${number(limit)}` },
  isLibvirtUuid: fixed('UUID', {
    type: 'string',
    pattern: '^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$',
  }),
  isStats: fixed('values are numbers, texts or booleans', { additionalProperties: { type: ['number', 'string', 'boolean'] } }),
  isMacAddress: fixed('MAC address, lower case', { type: 'string', pattern: '^([0-9a-f]{2}:){5}[0-9a-f]{2}$' }),
  isHostId: fixed('host id: 1 to 64 letters, digits, `_` or `-`', { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' }),
  isLinkName: fixed('network device name, 1 to 15 bytes', { type: 'string', minLength: 1, maxLength: 15, pattern: '^[^\\s/]+$' }),
  isPciAddress: fixed('PCI address, `0000:03:10.1`', { type: 'string', pattern: '^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]$' }),
  isObjectName: fixed('name, 1 to 255 bytes without `/` or a line break', {
    type: 'string',
    minLength: 1,
    maxLength: 255,
    pattern: '^[^/\\n\\u0000]+$',
  }),
  isProjectName: fixed('project: 1 to 63 lower-case letters, digits or inner hyphens', {
    type: 'string',
    pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$',
  }),
  isTokenId: fixed('16 hex digits', { type: 'string', pattern: '^[0-9a-f]{16}$' }),
  isBase64Text: fixed('base64', { type: 'string', pattern: '^[A-Za-z0-9+/]*={0,2}$' }),
  isTokenHash: fixed('SHA-256 in base64url', { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' }),
  isScramSalt: fixed('16 bytes in base64', { type: 'string', pattern: '^[A-Za-z0-9+/]{22}==$' }),
  isScramKey: fixed('32 bytes in base64', { type: 'string', pattern: '^[A-Za-z0-9+/]{43}=$' }),
  isXmlText: fixed('XML, at most 1 MiB', { type: 'string', maxLength: MAX_XML_BYTES, contentMediaType: 'application/xml' }),
};
