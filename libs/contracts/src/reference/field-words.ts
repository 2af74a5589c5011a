import type { PayloadClass } from '../contract.js';
import type { Comments } from './comments.js';
import { fieldsOf, type Field } from './fields.js';
import { code, link, table } from './markdown.js';
import { ruleRows } from './rules-table.js';

/** Where messages.md describes a class. */
export const classLink = ({ name }: PayloadClass): string => link(name, `#${name.toLowerCase()}`);

/** The table of a class's fields, or words that there are none. */
export function fieldTable(payload: PayloadClass, comments: Comments): string[] {
  const fields = fieldsOf(payload);
  if (fields.length === 0) return ['No fields: `{}`.'];
  const rows = fields.map((field) => [
    code(field.name),
    typeWords(field),
    field.optional ? '' : 'yes',
    comments.get(`${field.declaredBy}.${field.name}`) ?? '',
  ]);
  return table(['field', 'type', 'required', ''], rows);
}

/** `list of Port, at most 256`; `integer, at least 1`. */
function typeWords({ nested, list, rules }: Field): string {
  const words = (each: boolean): string[] =>
    rules.filter((rule) => rule.each === each && rule.name !== 'isArray').map(({ name, limit }) => ruleRows[name]?.words(limit) ?? name);
  const item = nested ? [classLink(nested)] : words(list);
  const type = item.join(', ') || 'anything';
  return list ? [`list of ${type}`, ...words(false)].join(', ') : type;
}
