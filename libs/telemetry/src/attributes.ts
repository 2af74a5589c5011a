import type { Attributes as WireAttributes } from '@opentelemetry/api';
import { attributeNames, type AttributeKey, type Attributes } from './names-table.js';

const isKey = (key: string): key is AttributeKey => Object.hasOwn(attributeNames, key);

/** From the table's short names to the names that a backend sees; what is undefined is left out. */
export function wireAttributes(attributes: Attributes): WireAttributes {
  const wire: WireAttributes = {};
  for (const [key, value] of Object.entries(attributes)) if (isKey(key) && value !== undefined) wire[attributeNames[key]] = value;
  return wire;
}
