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
