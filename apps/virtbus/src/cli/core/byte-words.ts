/** Sizes as virsh prints them: `8.00 MiB`. */
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;
const STEP = 1024;

export function byteWords(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= STEP && unit < units.length - 1) [value, unit] = [value / STEP, unit + 1];
  return `${value.toFixed(2)} ${units[unit]}`;
}
