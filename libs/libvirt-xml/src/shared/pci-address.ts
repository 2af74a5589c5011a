import { attr } from '../model/field.js';
import { hex, onOff } from '../model/scalar.js';
import { xmlError, type Place } from '../model/place.js';

const limits = { domain: 0xffff, bus: 0xff, slot: 0x1f, function: 0x7 } as const;
type Part = keyof typeof limits;

const part = (name: Part, digits: number) =>
  attr(hex(digits, { max: limits[name] }), {
    fallback: 0,
    invalid: (given, at) => invalidPart(name, given, at),
  });

function invalidPart(name: Part, given: string, at: Place) {
  const number = Number(given);
  if (!Number.isSafeInteger(number) || number < 0) {
    return xmlError(
      at,
      `Invalid value for attribute '${name}' in element '${at.element.name}': '${given}'. Expected non-negative integer value`,
      5,
    );
  }
  return xmlError(at, `Invalid PCI address ${name}=0x${number.toString(16)}, must be <= ${limits[name].toString(16)}`, 0);
}

/** Attributes of a PCI address: domain, bus, slot and function. */
export const pciAddressFields = {
  domain: part('domain', 4),
  bus: part('bus', 2),
  slot: part('slot', 2),
  function: part('function', 1),
};

export const multifunction = attr(onOff);
