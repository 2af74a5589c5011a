import { LibvirtError } from '../errors/libvirt-error.js';
import type { SizeOptions } from './field.js';
import { fault, xmlError, type Place } from './place.js';

/** Bytes in a unit: binary for `k`, `KiB`; decimal for `KB`. Letter case does not matter. */
function bytesIn(unit: string): bigint | undefined {
  if (/^(b|bytes?)$/i.test(unit)) return 1n;
  const match = /^([kmgtpe])(i?b)?$/i.exec(unit);
  if (!match) return undefined;
  const power = BigInt('kmgtpe'.indexOf((match[1] ?? '').toLowerCase()) + 1);
  const base = match[2]?.toLowerCase() === 'b' ? 1000n : 1024n;
  return base ** power;
}

/** A number of `unit`s in `options.unit`, rounded up; an error for an unknown unit or one too large to be held. */
export function convertSize(digits: string, options: SizeOptions, unit: string): number | LibvirtError {
  const factor = bytesIn(unit);
  const kept = bytesIn(options.unit) ?? 1n;
  if (factor === undefined) return new LibvirtError('INVALID_ARG', `unknown suffix '${unit}'`, { domain: 0 });
  const value = (BigInt(digits) * factor + kept - 1n) / kept;
  if (value > BigInt(options.max ?? Number.MAX_SAFE_INTEGER))
    return new LibvirtError('OVERFLOW', `value too large: ${digits}${unit}`, { domain: 0 });
  return Number(value);
}

/**
 * A quantity in `options.unit`, rounded up.
 * @throws LibvirtError XML_ERROR when it is no number, INVALID_ARG for an unknown unit, OVERFLOW beyond what can be held.
 */
export function readSize(given: string, options: SizeOptions, at: Place): number {
  const match = /^\s*\+?(\d+)$/.exec(given);
  if (!match) throw xmlError(at, `Invalid value '${given}' for element or attribute './${at.element.name}[1]'`);
  const unit = at.element.attributes.get('unit') ?? options.defaultUnit ?? options.unit;
  const value = convertSize(match[1] ?? '0', options, unit);
  if (value instanceof LibvirtError) throw fault({ ...at, attribute: 'unit' }, value.codeName, value.message.replace(/^.*?: /, ''), 0);
  return value;
}

const binaryUnits = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** How a quantity is written: its number and unit. */
export function writeSize(kept: unknown, options: SizeOptions): { readonly value: number; readonly unit: string } {
  let value = typeof kept === 'number' ? kept : 0;
  let step = options.style === 'largest' ? binaryUnits.indexOf(options.unit) : -1;
  if (step < 0) return { value, unit: options.unit };
  while (value > 0 && value % 1024 === 0 && step < binaryUnits.length - 1) {
    value /= 1024;
    step += 1;
  }
  return { value, unit: binaryUnits[step] ?? options.unit };
}
