import { fault, xmlError, type Place } from './place.js';
import type { SizeOptions } from './field.js';

/** Bytes in a unit: binary for `k`, `KiB`; decimal for `KB`. Letter case does not matter. */
function bytesIn(unit: string): bigint | undefined {
  if (/^(b|bytes?)$/i.test(unit)) return 1n;
  const match = /^([kmgtpe])(i?b)?$/i.exec(unit);
  if (!match) return undefined;
  const power = BigInt('kmgtpe'.indexOf((match[1] ?? '').toLowerCase()) + 1);
  const base = match[2]?.toLowerCase() === 'b' ? 1000n : 1024n;
  return base ** power;
}

/**
 * A quantity in `options.unit`, rounded up.
 * @throws LibvirtError XML_ERROR when it is no number, INVALID_ARG for an unknown unit, OVERFLOW beyond what can be held.
 */
export function readSize(given: string, options: SizeOptions, at: Place): number {
  const match = /^\s*\+?(\d+)$/.exec(given);
  if (!match) throw xmlError(at, `Invalid value '${given}' for element or attribute './${at.element.name}[1]'`);
  const unit = at.element.attributes.get('unit') ?? options.defaultUnit ?? options.unit;
  const factor = bytesIn(unit);
  const kept = bytesIn(options.unit) ?? 1n;
  if (factor === undefined) throw fault({ ...at, attribute: 'unit' }, 'INVALID_ARG', `unknown suffix '${unit}'`, 0);
  const value = (BigInt(match[1] ?? '0') * factor + kept - 1n) / kept;
  if (value > BigInt(options.max ?? Number.MAX_SAFE_INTEGER)) throw fault(at, 'OVERFLOW', `value too large: ${given}${unit}`, 0);
  return Number(value);
}
