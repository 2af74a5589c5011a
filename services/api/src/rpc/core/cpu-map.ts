const BITS = 8;

/** The processors of such a set. */
export const processorsIn = (map: Uint8Array): readonly number[] =>
  Array.from({ length: map.length * BITS }, (_, number) => number).filter(
    (number) => ((map[Math.floor(number / BITS)] ?? 0) & (1 << (number % BITS))) !== 0,
  );

/** A set of processors as libvirt sends it: a bit for each, the first the lowest of the first byte. What lies beyond is left out. */
export function cpuMap(processors: readonly number[], bytes: number): Buffer {
  const map = Buffer.alloc(Math.max(0, bytes));
  for (const number of processors) {
    const at = Math.floor(number / BITS);
    if (at < map.length) map[at] = (map[at] ?? 0) | (1 << (number % BITS));
  }
  return map;
}
