export interface PciNumbers {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** The kernel's name for a PCI function: `0000:03:07.1`. */
export const pciName = ({ domain, bus, slot, function: number }: PciNumbers): string =>
  `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${hex(number, 1)}`;

/** The other way round. @throws RangeError for a text that is no such name */
export function pciNumbers(name: string): PciNumbers {
  const [, ...parts] = /^([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(name) ?? [];
  const [domain, bus, slot, number] = parts.map((part) => Number.parseInt(part, 16));
  if (domain === undefined || bus === undefined || slot === undefined || number === undefined)
    throw new RangeError(`${JSON.stringify(name)} is not a PCI address`);
  return { domain, bus, slot, function: number };
}
