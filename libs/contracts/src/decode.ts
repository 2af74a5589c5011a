/**
 * From bytes to a checked payload. The order is the defence: size first, then JSON, then the class's rules. Unknown fields
 * are dropped, since readers ignore what they do not know.
 */
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import type { PayloadClass } from './contract.js';
import { Refusal } from './refusal.js';
import { keepRulesByClass } from './rules-by-class.js';
import { MAX_XML_BYTES } from './validators.js';

/** The largest payload of any message, in bytes: one XML document whose every byte JSON escapes as two, and its envelope. */
export const MAX_PAYLOAD_BYTES = 2 * MAX_XML_BYTES + 256 * 1024;

/** Made once: making one takes as long as decoding a message. */
const reader = new TextDecoder('utf-8', { fatal: true });
const writer = new TextEncoder();
keepRulesByClass();

/** @throws Refusal payload_too_large, payload_invalid; the latter names the field in `path`. */
export function decode<P extends object>(payload: PayloadClass<P>, bytes: Uint8Array): P {
  if (bytes.length > MAX_PAYLOAD_BYTES) {
    throw new Refusal('payload_too_large', `message of ${bytes.length} bytes is over the limit of ${MAX_PAYLOAD_BYTES}`);
  }
  return check(payload, parse(bytes));
}

function parse(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(reader.decode(bytes)) as unknown;
  } catch (cause) {
    throw new Refusal('payload_invalid', 'the message is not JSON in UTF-8', { cause });
  }
}

/** @throws Refusal payload_invalid, payload_too_large */
export function check<P extends object>(payload: PayloadClass<P>, plain: unknown): P {
  if (plain === null || typeof plain !== 'object' || Array.isArray(plain)) {
    throw new Refusal('payload_invalid', 'the message must be a JSON object');
  }
  const value = plainToInstance(payload, plain, { exposeDefaultValues: true });
  const [first] = validateSync(value, { whitelist: true, forbidUnknownValues: false, stopAtFirstError: true });
  if (first) throw refusalOf(first);
  return value;
}

function refusalOf(error: ValidationError): Refusal {
  const path: string[] = [];
  let at: ValidationError = error;
  for (let below: ValidationError | undefined = at; below; below = at.children?.[0]) {
    at = below;
    path.push(at.property);
  }
  const [rule, words] = Object.entries(at.constraints ?? {})[0] ?? ['', `${at.property} is not valid`];
  const tooLarge = rule === 'isXmlText' && typeof at.value === 'string';
  return new Refusal(tooLarge ? 'payload_too_large' : 'payload_invalid', words, { path: path.join('.') });
}

export const encode = (value: object): Uint8Array => writer.encode(JSON.stringify(value));
