/** Sizes with units as libvirt's XML has them. */
const factors: Readonly<Record<string, number>> = {
  b: 1,
  byte: 1,
  bytes: 1,
  k: 1024,
  kib: 1024,
  kb: 1000,
  m: 1024 ** 2,
  mib: 1024 ** 2,
  mb: 1000 ** 2,
  g: 1024 ** 3,
  gib: 1024 ** 3,
  gb: 1000 ** 3,
  t: 1024 ** 4,
  tib: 1024 ** 4,
  tb: 1000 ** 4,
};

export const bytesOf = (value: number, unit: string): number => value * (factors[unit.toLowerCase()] ?? 1);
export const kibOf = (value: number, unit: string): number => bytesOf(value, unit) / 1024;
